// Asks the agent every two seconds while somebody looks, and shows what it says.
import {History, overall} from './model.js';
import * as format from './format.js';
import {fact, jobsTable} from './jobs.js';
import {Table, make, setText} from './table.js';
import {concernsOf} from './concerns.js';

const POLL_MS = 2000;
/** An answer that takes longer will not come. */
const PATIENCE_MS = 10000;

const byId = (id) => document.getElementById(id);
const history = new History();
const user = (row) => row.user || (row.uid === undefined ? '' : String(row.uid));
const text = (id, title, of, more = {}) => ({id, title, value: of, text: (row) => of(row) || '–', ...more});
const number = (id, title, of, show = format.count, more = {}) =>
  ({id, title, numeric: true, value: of, text: (row) => show(of(row)), ...more});
const anyHas = (of) => (rows) => rows.some((row) => of(row) !== undefined && of(row) !== '');

const stateOf = (process) => (process.identity_mismatch
  ? `${process.state}, presents another identity (${process.identity_mismatch})` : process.state);

function drawState(cell, process) {
  setText(cell, stateOf(process));
  cell.classList.toggle('warn', process.state !== 'live' || Boolean(process.identity_mismatch));
}

const tenant = text('tenant', 'Tenant', (row) => row.tenant, {shown: anyHas((row) => row.tenant)});
const tables = {
  jobs: jobsTable(byId('jobs'), (job) => tables.processes.filter(job)),
  problems: new Table(byId('problems'), [
    text('file', 'File', (row) => row.file, {header: true, shown: anyHas((row) => row.file)}),
    tenant,
    text('job', 'Job', (row) => row.job, {shown: anyHas((row) => row.job)}),
    text('user', 'User', user, {shown: anyHas(user)}),
    text('state', 'State', (row) => row.state),
    text('reason', 'Reason', (row) => [row.reason, row.detail].filter(Boolean).join(': '),
      {shown: anyHas((row) => row.reason)}),
    text('remedy', 'What to do', (row) => row.remedy || 'Ask whoever operates this host: the reason is on the operator\'s page.'),
  ], {key: (row) => row.key,
    noun: ['file', 'files'], empty: 'None.'}),
  processes: new Table(byId('processes'), [
    text('job', 'Job', (row) => row.job, {header: true}),
    tenant,
    number('pid', 'PID', (row) => row.pid, (pid) => (pid === undefined ? '–' : String(pid)),
      {shown: anyHas((row) => row.pid)}),
    text('user', 'User', user, {shown: anyHas(user)}),
    number('uptime', 'Uptime', (row) => row.uptime_seconds, format.duration),
    number('series', 'Series', (row) => row.series),
    text('layout', 'Segment version', (row) => row.layout),
    {id: 'state', title: 'State', value: stateOf, draw: drawState},
  ], {key: (row) => row.key,
    noun: ['process', 'processes'], sort: ['job', false],
    filter: 'Filter processes', words: (row) => [row.job, row.tenant, row.pid, user(row), stateOf(row)].join(' '),
    empty: 'No process has a segment that is read.'}),
  directories: new Table(byId('directories'), [
    text('path', 'Directory', (row) => row.path, {header: true}),
    text('present', 'State', (row) => (row.present ? 'watched' : 'missing')),
    number('bytes', 'Used', (row) => usedShare(row.size_bytes, row.free_bytes), format.ratio),
    number('size', 'Size', (row) => row.size_bytes, format.bytes),
    number('inodes', 'Inodes used', (row) => usedShare(row.inodes, row.free_inodes), format.ratio),
  ], {key: (row) => row.path, empty: 'None.'}),
  requests: new Table(byId('requests'), [
    text('handler', 'Page', (row) => row.handler, {header: true}),
    text('code', 'Code', (row) => row.code),
    number('count', 'Requests', (row) => row.count_total),
  ], {key: (row) => `${row.handler} ${row.code}`, empty: 'None.'}),
  pushes: new Table(byId('pushes'), [
    text('endpoint', 'Receiver', (row) => row.endpoint, {header: true}),
    tenant,
    number('last', 'Last success', (row) => row.last_success_time_seconds, (time) => (time ? format.moment(time) : 'never')),
    number('accepted', 'Accepted', (row) => row.pushes_total.accepted),
    number('refused', 'Refused', (row) => row.pushes_total.refused),
    number('failed', 'Failed', (row) => row.pushes_total.failed),
    number('points', 'Points', (row) => row.points_total),
    number('rejected', 'Points rejected', (row) => row.points_rejected_total),
  ], {key: (row) => JSON.stringify([row.endpoint, row.tenant]), empty: 'Nothing is pushed.'}),
  certificates: new Table(byId('certificates'), [
    text('subject', 'Subject', (row) => row.subject, {header: true}),
    text('file', 'File', (row) => row.file || 'in web-config.yml'),
    number('expiry', 'Expires', (row) => row.expiry_time_seconds, format.moment),
  ], {key: (row) => JSON.stringify([row.file, row.subject]), empty: 'No certificate is in use.'}),
};

function usedShare(size, free) {
  return size > 0 ? 1 - free / size : null;
}

function showHealth(level, sentence, facts) {
  byId('health').dataset.level = level;
  setText(byId('health-text'), sentence);
  setText(byId('health-facts'), facts);
}

function showConcerns(concerns) {
  const list = byId('concerns');
  list.hidden = concerns.length === 0;
  const texts = concerns.map(({text: sentence}) => sentence).join('\n');
  if (list.dataset.texts !== texts) {
    list.dataset.texts = texts;
    list.replaceChildren(...concerns.map(({text: sentence, section}) =>
      make('li', {}, section ? make('a', {href: `#${section}`, textContent: sentence}) : sentence)));
  }
}

function showTiles(status, jobs) {
  const all = overall(jobs);
  const tiles = byId('tiles');
  fact(tiles, 'RPCs on servers', format.rate(all.rate));
  fact(tiles, 'Errors', format.ratio(all.errorRatio));
  fact(tiles, 'Jobs', format.count(status.jobs_total));
  fact(tiles, 'Processes', format.count(status.processes_total));
  fact(tiles, 'Not served', format.count(status.problems_total));
  if (status.operator) {
    const last = status.agent.last_scrape;
    fact(tiles, 'Series', format.count(status.agent.series));
    fact(tiles, 'Last scrape', last
      ? `${format.duration(status.time_seconds - last.time_seconds)} ago` : 'none yet');
  }
}

function showAgent({agent}) {
  const facts = byId('agent-facts');
  const last = agent.last_scrape;
  fact(facts, 'Up for', format.duration(agent.uptime_seconds));
  fact(facts, 'Pages of metrics', format.count(agent.scrapes_total));
  fact(facts, 'Last scrape took', last ? format.seconds(last.duration_seconds) : '–');
  fact(facts, 'Segments live', format.count(agent.segments.live));
  fact(facts, 'Segments degraded', format.count(agent.segments.degraded));
  fact(facts, 'Segments refused', format.count(agent.segments.refused));
  fact(facts, 'Segments quarantined', format.count(agent.segments.quarantined));
  fact(facts, 'Segments unread', format.count(agent.segments.unread));
  fact(facts, 'Processes folded', format.count(agent.folds_total));
  fact(facts, 'Folds waiting', format.count(agent.folds_waiting));
  fact(facts, 'Folds failed', format.count(agent.fold_failures_total));
  fact(facts, 'States lost', format.count(agent.states_lost_total));
  fact(facts, 'Memory', format.bytes(agent.resident_memory_bytes));
  fact(facts, 'State', format.bytes(agent.state_size_bytes));
  tables.directories.update(agent.directories);
  tables.requests.update(requestRows(agent.requests));
}

/** The page's own files are one row. */
function requestRows(requests) {
  const rows = new Map();
  for (const {handler, code, count_total: count} of requests) {
    const name = /\.(js|css)$/.test(handler) ? 'files of this page' : handler;
    const row = rows.get(`${name} ${code}`) || {handler: name, code, count_total: 0};
    rows.set(`${name} ${code}`, {...row, count_total: row.count_total + count});
  }
  return [...rows.values()];
}

/** With a key each; rows that are equal otherwise are told apart by their order. */
function keyed(rows, columns) {
  const seen = new Map();
  return rows.map((row) => {
    const key = JSON.stringify(columns.map((column) => row[column]));
    const number = seen.get(key) || 0;
    seen.set(key, number + 1);
    return {...row, key: `${key} ${number}`};
  });
}

function show(status) {
  const jobs = history.update(status);
  const concerns = concernsOf(status);
  const facts = `${format.plural(status.jobs_total, 'job', 'jobs')}, ` +
    `${format.plural(status.processes_total, 'process', 'processes')}; seen ${new Date(status.time_seconds * 1000).toLocaleTimeString()}.`;
  if (!status.agent.ready) {
    showHealth('bad', 'Not ready: the agent serves no page yet.', facts);
  } else if (concerns.length > 0) {
    showHealth('warn', `Running; ${format.plural(concerns.length, 'thing needs', 'things need')} attention.`, facts);
  } else {
    showHealth('good', 'Healthy.', facts);
  }
  showConcerns(concerns);
  showTiles(status, jobs);
  byId('problems').hidden = status.problems_total === 0;
  tables.problems.update(keyed(status.problems, ['file', 'tenant', 'job']), status.problems_total);
  tables.jobs.update(jobs, status.jobs_total);
  tables.processes.update(keyed(status.processes, ['job', 'tenant', 'pid', 'uid']), status.processes_total);
  byId('metrics-link').href = status.metrics_path.slice(1);
  for (const section of document.querySelectorAll('.operator')) {
    section.hidden = !status.operator;
  }
  if (status.operator) {
    setText(byId('version'), status.agent.version);
    showAgent(status);
    tables.pushes.update(status.pushes);
    tables.certificates.update(status.certificates);
  }
  document.body.dataset.time = status.time_seconds;
}

function showSilence(why) {
  const seen = document.body.dataset.time;
  showHealth('bad', `${why} Trying again.`,
    seen ? `What is shown is from ${new Date(seen * 1000).toLocaleTimeString()}.` : '');
}

const REFUSED = {
  401: 'The agent does not know who asks: open this page again and log in.',
  403: 'The agent knows who asks, and shows this reader nothing.',
};

async function poll() {
  try {
    const response = await fetch('api/v1/status', {signal: AbortSignal.timeout(PATIENCE_MS), cache: 'no-store'});
    if (response.ok) {
      show(await response.json());
    } else {
      showSilence(REFUSED[response.status] || `The agent answers ${response.status}.`);
    }
  } catch (failure) {
    showSilence('The agent does not answer.');
    if (!['TypeError', 'TimeoutError', 'AbortError', 'SyntaxError'].includes(failure.name)) {
      throw failure;  // A mistake of this page.
    }
  }
}

let timer = null;
let underWay = false;

/** One after the other, and only while somebody looks. */
async function run() {
  if (underWay || document.visibilityState !== 'visible') {
    return;
  }
  clearTimeout(timer);
  underWay = true;
  try {
    await poll();
  } finally {
    underWay = false;
    timer = setTimeout(run, POLL_MS);
  }
}

document.addEventListener('visibilitychange', run);
run();
