// Numbers as people read them.

const grouped = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const NONE = '–';

export function count(value) {
  return value === null || value === undefined ? NONE : grouped.format(value);
}

/** Three significant digits, without exponents. */
function short(value) {
  if (value === 0) {
    return '0';
  }
  if (Math.abs(value) >= 100) {
    return grouped.format(Math.round(value));
  }
  return String(Number(value.toPrecision(3)));
}

export function rate(value) {
  return value === null ? NONE : `${short(value)}/s`;
}

export function ratio(value) {
  return value === null ? NONE : `${short(value * 100)} %`;
}

export function seconds(value) {
  if (value < 0.000001) {
    return `${short(value * 1e9)} ns`;
  }
  if (value < 0.001) {
    return `${short(value * 1e6)} µs`;
  }
  return value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;
}

export function quantile(value) {
  return value ? (value.beyond ? '> ' : '') + seconds(value.seconds) : NONE;
}

const UNITS = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];

/** The two largest units. */
export function duration(value) {
  if (value === null || value === undefined) {
    return NONE;
  }
  let rest = Math.max(0, Math.round(value));
  const parts = [];
  for (const [size, name] of UNITS) {
    const whole = Math.floor(rest / size);
    if (parts.length > 0 || whole > 0 || size === 1) {
      parts.push([whole, name]);
    }
    rest -= whole * size;
  }
  return parts.slice(0, 2).filter(([whole], i) => i === 0 || whole > 0)
    .map(([whole, name]) => `${whole} ${name}`).join(' ');
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  while (value >= 1024 && i + 1 < units.length) {
    value /= 1024;
    i++;
  }
  return `${short(value)} ${units[i]}`;
}

/** A moment, as the browser's user writes it. */
export function moment(unixSeconds) {
  return unixSeconds ? new Date(unixSeconds * 1000).toLocaleString() : NONE;
}

export function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
