// What of a status an operator should look after.
import * as format from './format.js';

/** As the alert rules have it. */
const FULL = 0.8;
const EXPIRES_SOON_SECONDS = 14 * 86400;

function directoryConcerns(directories) {
  const concerns = [];
  for (const directory of directories) {
    if (!directory.present) {
      concerns.push({text: `The segment directory ${directory.path} is missing.`, section: 'agent'});
      continue;
    }
    for (const [what, size, free] of [['space', directory.size_bytes, directory.free_bytes],
      ['inodes', directory.inodes, directory.free_inodes]]) {
      if (size > 0 && 1 - free / size >= FULL) {
        concerns.push({text: `${format.ratio(1 - free / size)} of the ${what} of ${directory.path} is used.`,
          section: 'agent'});
      }
    }
  }
  return concerns;
}

function certificateConcerns(certificates, now) {
  return certificates.filter(({expiry_time_seconds: expiry}) => expiry - now < EXPIRES_SOON_SECONDS)
    .map(({subject, expiry_time_seconds: expiry}) => ({
      text: expiry > now ? `The certificate of ${subject} expires in ${format.duration(expiry - now)}.`
        : `The certificate of ${subject} has expired.`,
      section: 'certificates'}));
}

function pushConcerns(pushes) {
  return pushes.filter(({pushes_total: total, last_success_time_seconds: last}) =>
    last === 0 && total.failed + total.refused > 0)
    .map(({endpoint}) => ({text: `No push to ${endpoint} has been accepted.`, section: 'pushes'}));
}

/** [{text, section}]: one sentence each, and where more is said. */
export function concernsOf(status) {
  const concerns = [];
  if (status.agent.problem) {
    concerns.push({text: `Nothing can be collected: ${status.agent.problem}`});
  }
  if (status.problems_total > 0) {
    concerns.push({text: `${format.plural(status.problems_total, 'file is', 'files are')} not served.`,
      section: 'problems'});
  }
  if (!status.operator) {
    return concerns;
  }
  const {agent} = status;
  if (!agent.reload_successful) {
    concerns.push({text: 'The configuration was changed and cannot be used; the last good one is in force. See the log.'});
  }
  if (agent.folds_waiting > 0 && agent.fold_failures_total > 0) {
    concerns.push({text: 'The state cannot be written: ended processes wait. See the log and the state directory.',
      section: 'agent'});
  }
  if (agent.states_lost_total > 0) {
    concerns.push({text: 'A state was lost: every counter began again at 0.', section: 'agent'});
  }
  if (agent.segments.degraded > 0) {
    concerns.push({text: `${format.plural(agent.segments.degraded, 'process has', 'processes have')} lost some counts.`,
      section: 'processes'});
  }
  return concerns.concat(directoryConcerns(agent.directories),
    certificateConcerns(status.certificates, status.time_seconds), pushConcerns(status.pushes));
}
