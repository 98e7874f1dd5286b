// A sparkline and a heatmap, as SVG with words for those who do not see it.
import {HISTORY} from './model.js';
import * as format from './format.js';

const SVG = 'http://www.w3.org/2000/svg';

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  if (parent) {
    parent.append(made);
  }
  return made;
}

function chart(width, height, kind) {
  const svg = element('svg', {viewBox: `0 0 ${width} ${height}`, class: kind, role: 'img'});
  element('title', {}, svg);
  return svg;
}

function setTitle(svg, text) {
  svg.querySelector('title').textContent = text;
  svg.setAttribute('aria-label', text);
}

const SPARK = {width: 120, height: 28};

export function sparkline() {
  const svg = chart(SPARK.width, SPARK.height, 'spark');
  svg.setAttribute('preserveAspectRatio', 'xMaxYMid');
  element('path', {class: 'spark-area'}, svg);
  element('path', {class: 'spark-line'}, svg);
  return svg;
}

/** The newest value is at the right; the scale begins at 0. */
export function updateSparkline(svg, name, values) {
  const most = Math.max(...values, 0);
  const step = SPARK.width / (HISTORY - 1);
  const left = SPARK.width - step * (values.length - 1);
  const y = (value) => SPARK.height - 2 - (most > 0 ? value / most : 0) * (SPARK.height - 4);
  const points = values.map((value, i) => `${(left + i * step).toFixed(1)} ${y(value).toFixed(1)}`);
  const line = points.length > 0 ? `M${points.join('L')}` : '';
  svg.querySelector('.spark-line').setAttribute('d', line);
  svg.querySelector('.spark-area').setAttribute('d', points.length > 1
    ? `${line}L${SPARK.width} ${SPARK.height}L${left.toFixed(1)} ${SPARK.height}Z` : '');
  setTitle(svg, values.length > 0
    ? `${name}: ${format.rate(values[values.length - 1])} now, at most ${format.rate(most)}`
    : `${name}: not known yet`);
}

const HEAT = {cell: 12, row: 13, left: 72, bottom: 18, levels: 6};
/** On a phone fewer looks are shown, not smaller ones. */
const FEWEST_COLUMNS = 12;

/** Rows from the fastest bucket that was used to the slowest one; what is beyond is left out. */
function usedRows(past, le) {
  let first = le.length;
  let last = 0;
  for (const {observed} of past) {
    for (let row = 0; observed && row < observed.count_total.length; row++) {
      if (observed.count_total[row] > (row > 0 ? observed.count_total[row - 1] : 0)) {
        first = Math.min(first, row);
        last = Math.max(last, row);
      }
    }
  }
  return first <= last ? {first: Math.max(0, first - 1), last: Math.min(le.length, last + 1)} : null;
}

/** What a look observed in a bucket. */
function observedIn(point, row) {
  const counts = point.observed.count_total;
  return counts[row] - (row > 0 ? counts[row - 1] : 0);
}

export function boundName(le, row) {
  return row < le.length ? `≤ ${format.seconds(le[row])}` : `> ${format.seconds(le[le.length - 1])}`;
}

export function heatmap() {
  const svg = chart(0, 0, 'heat');
  element('g', {}, svg);
  return svg;
}

/** One unit of the drawing is one pixel. */
function resize(svg, columns, height) {
  const width = HEAT.left + columns * HEAT.cell;
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('width', width);
  svg.setAttribute('height', height);
}

/** Time to the right, latency upwards; how many RPCs fell into a bucket is how strong its colour is. */
export function updateHeatmap(svg, name, past) {
  const room = Math.floor((svg.parentNode.clientWidth - HEAT.left) / HEAT.cell);
  const columns = Math.min(HISTORY, Math.max(FEWEST_COLUMNS, room));
  const same = past.length > 0 ? past[past.length - 1].observed : null;
  const points = same ? past.slice(-columns)
    .filter(({observed}) => observed && observed.le.length === same.le.length) : [];
  const rows = points.length > 0 ? usedRows(points, same.le) : null;
  const group = element('g', {});
  if (!rows) {
    resize(svg, columns, HEAT.row * 2);
    element('text', {x: 0, y: HEAT.row, class: 'axis'}, group).textContent = 'No RPCs yet.';
    setTitle(svg, `Latencies of ${name}: no RPCs since this page was opened`);
    svg.querySelector('g').replaceWith(group);
    return;
  }
  drawHeat(group, points, same.le, rows, columns);
  resize(svg, columns, (rows.last - rows.first + 1) * HEAT.row + HEAT.bottom);
  const newest = points[points.length - 1];
  setTitle(svg, `Latencies of ${name} over ${format.duration(newest.time - points[0].time)}: median ` +
    `${format.quantile(newest.p50)}, 99th percentile ${format.quantile(newest.p99)} now; the table ` +
    'below has each bucket');
  svg.querySelector('g').replaceWith(group);
}

function drawHeat(group, points, le, rows, columns) {
  let most = 0;
  for (const point of points) {
    for (let row = rows.first; row <= rows.last; row++) {
      most = Math.max(most, observedIn(point, row));
    }
  }
  const y = (row) => (rows.last - row) * HEAT.row;
  element('rect', {x: HEAT.left, y: 0, width: columns * HEAT.cell - 1,
    height: (rows.last - rows.first + 1) * HEAT.row - 1, class: 'heat-ground'}, group);
  const every = Math.ceil((rows.last - rows.first + 1) / 12);
  for (let row = rows.first; row <= rows.last; row++) {
    if ((row - rows.first) % every === 0) {
      element('text', {x: HEAT.left - 6, y: y(row) + HEAT.row - 3, class: 'axis row'}, group)
        .textContent = boundName(le, row);
    }
  }
  const left = HEAT.left + (columns - points.length) * HEAT.cell;
  points.forEach((point, i) => {
    for (let row = rows.first; row <= rows.last; row++) {
      const count = observedIn(point, row);
      const level = count > 0 ? Math.max(1, Math.ceil(Math.sqrt(count / most) * HEAT.levels)) : 0;
      element('rect', {x: left + i * HEAT.cell, y: y(row), width: HEAT.cell - 1, height: HEAT.row - 1,
        class: `h${level}`}, group);
    }
  });
  const bottom = (rows.last - rows.first + 1) * HEAT.row + HEAT.bottom - 4;
  element('text', {x: left, y: bottom, class: 'axis'}, group).textContent = points.length > FEWEST_COLUMNS / 2
    ? `${format.duration(points[points.length - 1].time - points[0].time)} ago` : '';
  element('text', {x: HEAT.left + columns * HEAT.cell - 1, y: bottom, class: 'axis row'}, group)
    .textContent = 'now';
}
