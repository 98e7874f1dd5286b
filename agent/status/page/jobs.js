// The table of jobs, and what is below a job that is opened.
import * as charts from './charts.js';
import * as format from './format.js';
import {errors, sum} from './model.js';
import {Table, make, setText} from './table.js';

const MANY_ERRORS = 0.05;

/** With the user, where another user's job has the name. */
export function jobName(job) {
  return job.uid ? `${job.job} (uid ${job.uid})` : job.job;
}

/** Opens and closes what is below. */
function drawName(cell, job, table) {
  if (!cell.firstChild) {
    cell.append(make('button', {type: 'button', className: 'opener', onclick: () => table.toggle(job.key)}),
      make('span', {className: 'badge'}));
  }
  const [button, badge] = cell.children;
  setText(button, jobName(job));
  button.setAttribute('aria-expanded', table.isOpen(job.key));
  setText(badge, job.side === 'client' ? 'client' : '');
  badge.hidden = job.side !== 'client';
}

function drawTrend(cell, job) {
  if (!cell.firstChild) {
    cell.append(charts.sparkline());
  }
  charts.updateSparkline(cell.firstChild, `RPCs of ${jobName(job)}`, job.past.map(({rate}) => rate));
}

function drawErrors(cell, job) {
  setText(cell, format.ratio(job.errorRatio));
  cell.classList.toggle('warn', job.errorRatio > 0 && job.errorRatio < MANY_ERRORS);
  cell.classList.toggle('bad', job.errorRatio >= MANY_ERRORS);
}

const seconds = (quantile) => quantile && quantile.seconds;
const total = (side) => (side ? sum(side.handled_total) : null);

const COLUMNS = [
  {id: 'job', title: 'Job', header: true, value: jobName, draw: drawName},
  {id: 'tenant', title: 'Tenant', value: (job) => job.tenant, text: (job) => job.tenant,
    shown: (jobs) => jobs.some(({tenant}) => tenant)},
  {id: 'rate', title: 'Rate', numeric: true, value: (job) => job.rate, text: (job) => format.rate(job.rate)},
  {id: 'errors', title: 'Errors', numeric: true, value: (job) => job.errorRatio, draw: drawErrors},
  {id: 'p50', title: 'p50', numeric: true, value: (job) => seconds(job.p50),
    text: (job) => format.quantile(job.p50)},
  {id: 'p99', title: 'p99', numeric: true, value: (job) => seconds(job.p99),
    text: (job) => format.quantile(job.p99)},
  {id: 'trend', title: 'Trend', draw: drawTrend},
  {id: 'handled', title: 'RPCs', numeric: true, value: (job) => total(job.totals[job.side]),
    text: (job) => format.count(total(job.totals[job.side]))},
  {id: 'processes', title: 'Processes', numeric: true, value: (job) => job.processes,
    text: (job) => format.count(job.processes)},
  {id: 'series', title: 'Series', numeric: true, value: (job) => job.series,
    text: (job) => format.count(job.series)},
];

function fact(list, title, text) {
  let value = [...list.querySelectorAll('dd')].find((each) => each.dataset.fact === title);
  if (!value) {
    value = make('dd');
    value.dataset.fact = title;
    list.append(make('div', {}, make('dt', {textContent: title}), value));
  }
  setText(value, text);
}

/** Fills the table's body; cells are texts. */
function fillRows(body, rows) {
  while (body.rows.length > rows.length) {
    body.lastChild.remove();
  }
  rows.forEach((texts, i) => {
    const row = body.rows[i] || body.insertRow();
    texts.forEach((text, j) => {
      if (!row.cells[j]) {
        row.append(make(j === 0 ? 'th' : 'td', {className: j === 0 ? '' : 'number', ...(j === 0 && {scope: 'row'})}));
      }
      setText(row.cells[j], text);
    });
  });
}

function smallTable(caption, titles) {
  const table = make('table', {className: 'small'}, make('caption', {textContent: caption}));
  const head = table.createTHead().insertRow();
  titles.forEach((title, i) => head.append(make('th', {scope: 'col', textContent: title,
    className: i === 0 ? '' : 'number'})));
  table.createTBody();
  const region = make('div', {className: 'region', tabIndex: 0}, table);
  region.setAttribute('role', 'group');
  region.setAttribute('aria-label', caption);
  return region;
}

function makeSide(side) {
  const name = side === 'server' ? 'Server' : 'Client';
  const part = make('div', {className: 'side'});
  part.dataset.side = side;
  part.append(make('h3', {textContent: `${name} side`}), make('dl', {className: 'facts'}), charts.heatmap(),
    make('div', {className: 'columns'},
      smallTable(`${name}: latencies`, ['Up to', 'Last look', 'In all']),
      smallTable(`${name}: status codes`, ['Code', 'In all']),
      smallTable(`${name}: most used methods`, ['Method', 'In all', 'Errors'])));
  return part;
}

function updateSide(part, job) {
  const {side} = part.dataset;
  const totals = job.totals[side];
  part.hidden = !totals;
  if (!totals) {
    return;
  }
  const now = job[side];
  const facts = part.querySelector('dl');
  fact(facts, 'Rate', format.rate(now.rate));
  fact(facts, 'Error ratio', format.ratio(now.errorRatio));
  fact(facts, 'p50', format.quantile(now.p50));
  fact(facts, 'p90', format.quantile(now.p90));
  fact(facts, 'p99', format.quantile(now.p99));
  fact(facts, 'In flight', format.count(totals.in_flight));
  fact(facts, 'Started', format.count(totals.started_total));
  fact(facts, 'Handled', format.count(sum(totals.handled_total)));
  fact(facts, 'Errors', format.count(errors(totals.handled_total)));
  // Of the side that the row is about there is a history.
  const heat = part.querySelector('svg');
  heat.toggleAttribute('hidden', side !== job.side);
  if (side === job.side) {
    charts.updateHeatmap(heat, jobName(job), job.past);
  }
  const [latencies, codes, methods] = [...part.querySelectorAll('tbody')];
  fillRows(latencies, latencyRows(totals.handling_seconds, now.observed));
  fillRows(codes, Object.entries(totals.handled_total).sort((a, b) => b[1] - a[1])
    .map(([code, count]) => [code || '(beyond the limit of series)', format.count(count)]));
  fillRows(methods, totals.methods.map((method) => [method.method || '(beyond the limit of series)',
    format.count(method.handled_total), format.count(method.errors_total)]));
}

/** Buckets that have ever been used, each with its own count. */
function latencyRows(histogram, observed) {
  if (!histogram) {
    return [];
  }
  const own = (counts, i) => counts[i] - (i > 0 ? counts[i - 1] : 0);
  return histogram.count_total
    .map((_, i) => [charts.boundName(histogram.le, i), observed ? own(observed.count_total, i) : null,
      own(histogram.count_total, i)])
    .filter(([, , all]) => all > 0)
    .map(([name, last, all]) => [name, format.count(last), format.count(all)]);
}

function makeDetail(job, showProcesses) {
  return make('div', {className: 'opened'}, makeSide('server'), makeSide('client'),
    make('p', {className: 'lives'}, make('span', {className: 'muted'}), ' ', make('button',
      {type: 'button', textContent: 'Show its processes', onclick: () => showProcesses(job.job)})));
}

function updateDetail(detail, job) {
  for (const part of detail.querySelectorAll('.side')) {
    updateSide(part, job);
  }
  const exit = job.last_exit_time_seconds;
  setText(detail.querySelector('.lives span'),
    `Processes: ${format.count(job.processes)} live, ${format.count(job.processes_started_total)} found so far, ` +
    `${format.count(job.processes_ended_total)} ended${exit ? `, the last one ${format.moment(exit)}` : ''}; ` +
    'what they counted is kept.');
}

/** `showProcesses` is called with a job's name. */
export function jobsTable(section, showProcesses) {
  return new Table(section, COLUMNS, {
    key: (job) => job.key,
    noun: ['job', 'jobs'],
    sort: ['job', false],
    filter: 'Filter jobs',
    words: (job) => `${jobName(job)} ${job.tenant}`,
    detail: {make: (job) => makeDetail(job, showProcesses), update: updateDetail},
    empty: 'No job has been found yet: no process has counted into a segment directory.',
  });
}

export {fact};
