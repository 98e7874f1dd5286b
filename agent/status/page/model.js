// What two looks at the agent tell: rates, error ratios, quantiles. No document here, only numbers.

/** Looks that are kept of each job: what a sparkline and a heatmap show. */
export const HISTORY = 60;

export function jobKey(job) {
  return JSON.stringify([job.tenant, job.job, job.uid]);
}

/** The growth of a counter; one that fell has begun anew. */
export function growth(before, now) {
  return now >= before ? now - before : now;
}

/** Observations up to a bound, by the cumulative counts of whichever bounds there are. */
function upTo(histogram, bound) {
  let count = 0;
  for (let i = 0; i < histogram.le.length && histogram.le[i] <= bound; i++) {
    count = histogram.count_total[i];
  }
  return count;
}

/** The histogram of what was observed between two, cumulative like them. */
export function between(before, now) {
  const total = (histogram) => histogram.count_total[histogram.count_total.length - 1];
  const anew = !before || total(now) < total(before);
  const counts = now.le.map((le, i) => now.count_total[i] - (anew ? 0 : upTo(before, le)));
  counts.push(total(now) - (anew ? 0 : total(before)));
  for (let i = 0; i < counts.length; i++) {
    counts[i] = Math.max(counts[i], i > 0 ? counts[i - 1] : 0);
  }
  return {le: now.le, count_total: counts};
}

/** As PromQL's histogram_quantile(): linear within a bucket; null without observations. */
export function quantile(q, histogram) {
  const counts = histogram.count_total;
  const total = counts[counts.length - 1];
  if (!(total > 0) || histogram.le.length === 0) {
    return null;
  }
  const rank = q * total;
  const i = counts.findIndex((count) => count >= rank);
  if (i >= histogram.le.length) {
    return {seconds: histogram.le[histogram.le.length - 1], beyond: true};
  }
  if (i === 0 && histogram.le[0] <= 0) {
    return {seconds: histogram.le[0], beyond: false};
  }
  const lower = i > 0 ? histogram.le[i - 1] : 0;
  const below = i > 0 ? counts[i - 1] : 0;
  const share = counts[i] > below ? (rank - below) / (counts[i] - below) : 0;
  return {seconds: lower + (histogram.le[i] - lower) * share, beyond: false};
}

const sum = (byCode) => Object.values(byCode).reduce((all, count) => all + count, 0);

/** RPCs that ended with a code that is not OK; those without a code are beyond the limit of series. */
function errors(byCode) {
  return sum(byCode) - (byCode.OK || 0) - (byCode[''] || 0);
}

/** One side of a job between two looks: what cannot be known is null. */
export function calls(before, now, seconds) {
  if (!before || !now || !(seconds > 0)) {
    return {rate: null, errorRatio: null, p50: null, p90: null, p99: null, observed: null};
  }
  let ended = 0;
  let failed = 0;
  for (const [code, count] of Object.entries(now.handled_total)) {
    const grown = growth(before.handled_total[code] || 0, count);
    ended += grown;
    failed += code === 'OK' || code === '' ? 0 : grown;
  }
  const begun = growth(before.started_total || 0, now.started_total || 0);
  const endsAreCounted = Object.keys(now.handled_total).length > 0;
  const observed = now.handling_seconds ? between(before.handling_seconds, now.handling_seconds) : null;
  return {
    rate: (endsAreCounted ? ended : begun) / seconds,
    errorRatio: ended > 0 ? failed / ended : null,
    p50: observed && quantile(0.5, observed),
    p90: observed && quantile(0.9, observed),
    p99: observed && quantile(0.99, observed),
    observed,
  };
}

/** Takes one status after the other. */
export class History {
  constructor() {
    this.before = null;
    this.points = new Map();
  }

  /** The jobs, each with what has happened since the status before. */
  update(status) {
    const earlier = new Map((this.before ? this.before.jobs : []).map((job) => [jobKey(job), job]));
    const seconds = this.before ? status.time_seconds - this.before.time_seconds : 0;
    const points = new Map();
    const jobs = status.jobs.map((job) => {
      const key = jobKey(job);
      const was = earlier.get(key) || {};
      const server = calls(was.server, job.server, seconds);
      const client = calls(was.client, job.client, seconds);
      const side = job.server || !job.client ? 'server' : 'client';
      const main = side === 'server' ? server : client;
      const past = this.points.get(key) || [];
      if (main.rate !== null) {
        past.push({time: status.time_seconds, ...main});
      }
      points.set(key, past.slice(-HISTORY));
      return {...job, key, side, server, client, totals: {server: job.server, client: job.client},
        ...main, past: points.get(key)};
    });
    this.before = status;
    this.points = points;
    return jobs;
  }
}

/** The rate and the error ratio of all servers together. */
export function overall(jobs) {
  const known = jobs.filter((job) => job.server.rate !== null);
  const rate = known.reduce((all, job) => all + job.server.rate, 0);
  const failed = known.reduce((all, job) => all + job.server.rate * (job.server.errorRatio || 0), 0);
  return {rate: known.length > 0 ? rate : null, errorRatio: rate > 0 ? failed / rate : null};
}

export {errors, sum};
