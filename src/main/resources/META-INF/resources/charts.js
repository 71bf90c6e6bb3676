// Hit rates and lag of the last minutes, drawn by uPlot. Each chart says in words what it shows.
/* global uPlot */
const WINDOW_SECONDS = 300;
const MOST_LINES = 5;
const HEIGHT = 180;
const DASHES = [[], [7, 3], [2, 3], [10, 3, 2, 3], [4, 6]];

const by = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const two = (n) => String(n).padStart(2, '0');
const clock = (seconds) => {
  const at = new Date(Math.round(seconds) * 1000);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
};
const percent = (rate) => `${Math.round(rate)} %`;
const millis = (ms) => `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;

const times = [];
const fresh = [];
const lags = [];
const reads = new Map(); // cache → [[hits, reads] or null, …], as long as times

const axis = () => ({
  stroke: () => colour('--quiet'),
  grid: { stroke: () => colour('--line'), width: 1 },
  ticks: { show: false },
  font: '12px system-ui, sans-serif',
});

const drawn = new Map(); // element → its chart
const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => {
  if (target.clientWidth > 0) drawn.get(target).setSize({ width: target.clientWidth, height: HEIGHT });
}));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawn.forEach((u) => u.redraw()));

/** Shades the time in which freshness could not be proven. */
function gaps(u) {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  u.ctx.fillStyle = colour('--gap');
  for (let i = 0; i < times.length; i++) {
    if (fresh[i]) continue;
    const from = u.valToPos(times[Math.max(0, i - 1)], 'x', true);
    u.ctx.fillRect(from, top, Math.max(2, u.valToPos(times[i], 'x', true) - from), height);
  }
  u.ctx.restore();
}

function plot(where, series, range, values, pointed) {
  const u = new uPlot({
    width: Math.max(200, where.clientWidth),
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: () => [(times.at(-1) ?? 0) - WINDOW_SECONDS, times.at(-1) ?? 0] },
      y: { range },
    },
    axes: [
      { ...axis(), size: 24, values: (_, at) => at.map(clock), space: 50, incrs: [60, 120] },
      { ...axis(), size: 60, values: (_, at) => at.map(values), space: 36 },
    ],
    series: [{}, ...series.map((one) => ({ width: 1.75, points: { show: false }, spanGaps: true, ...one }))],
    hooks: { drawClear: [gaps], setCursor: [() => pointed()] },
  }, [times, ...series.map(() => [])], where);
  drawn.set(where, u);
  sizes.observe(where);
  return u;
}

/** What the cursor is at, or the newest that there is. */
function shown(u, column) {
  const at = u.cursor.idx ?? null;
  return at === null ? column.findLast((one) => one !== null) ?? null : column[at] ?? null;
}

let names = [];
let rateChart = null;
let lagChart = null;

function column(cache) {
  const samples = reads.get(cache);
  return samples.map((now, i) => {
    const before = i > 0 ? samples[i - 1] : null;
    return now && before && now[1] > before[1] ? (100 * (now[0] - before[0])) / (now[1] - before[1]) : null;
  });
}

function total(cache) {
  const samples = reads.get(cache).filter((one) => one !== null);
  const [first, last] = [samples[0], samples.at(-1)];
  return samples.length > 0 ? [last[0] - first[0], last[1] - first[1]] : [0, 0];
}

/** The hit rate of the whole window in percent, or null where nothing was read. */
export function rate(cache) {
  const [hits, all] = reads.has(cache) ? total(cache) : [0, 0];
  return all > 0 ? (100 * hits) / all : null;
}

function keep(column, value) {
  column.push(value);
  if (column.length > times.length) column.splice(0, column.length - times.length);
}

/** Takes one answer of /v1/caches. */
export function sample({ caches, source }) {
  const now = Date.now() / 1000;
  times.push(now);
  while (times[0] < now - WINDOW_SECONDS) times.shift();
  keep(fresh, caches.every((cache) => cache.fresh));
  keep(lags, source.lagMicros === undefined ? null : source.lagMicros / 1000);
  const seen = new Set();
  for (const { name, figures } of caches) {
    seen.add(name);
    const samples = reads.get(name) ?? Array(times.length - 1).fill(null);
    const all = figures.hits + figures.misses;
    if ((samples.at(-1)?.[1] ?? 0) > all) samples.fill(null); // the sidecar was started anew
    reads.set(name, samples);
    keep(samples, [figures.hits, all]);
  }
  for (const name of reads.keys()) if (!seen.has(name)) reads.delete(name);
  drawRates();
  drawLags();
}

function drawRates() {
  const busiest = [...reads.keys()]
    .map((name) => [name, total(name)[1]])
    .filter(([, all]) => all > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_LINES)
    .map(([name]) => name)
    .sort();
  if (rateChart === null || busiest.join('\n') !== names.join('\n')) {
    names = busiest;
    rateChart?.destroy();
    by('rates').replaceChildren();
    const lines = names.map((_, i) => ({ stroke: () => colour(`--line-${i + 1}`), dash: DASHES[i] }));
    rateChart = plot(by('rates'), lines, () => [0, 100], percent, keyOfRates);
    by('rates-key').replaceChildren(...names.map((name, i) => {
      const item = document.createElement('li');
      const swatch = document.createElement('span');
      swatch.className = `swatch line-${i + 1}`;
      const value = document.createElement('b');
      item.append(swatch, name, ' ', value);
      return item;
    }));
  }
  rateChart.setData([times, ...names.map(column)]);
  keyOfRates();
  const said = names.map((name) => `${name} ${percent(rate(name))}`).join(', ');
  by('rates').setAttribute('aria-label', said ? `Hit rate of the last five minutes: ${said}` : 'No reads yet');
}

function keyOfRates() {
  if (rateChart === null) return;
  [...by('rates-key').querySelectorAll('b')].forEach((value, i) => {
    const at = shown(rateChart, rateChart.data[i + 1]);
    value.textContent = at === null ? '–' : percent(at);
  });
}

function drawLags() {
  if (lagChart === null) {
    const line = { stroke: () => colour('--line-1'), fill: () => colour('--fill') };
    const range = (_, least, most) => [0, Math.max(1, (most ?? 0) * 1.2)];
    lagChart = plot(by('lags'), [line], range, (ms) => `${ms} ms`, keyOfLags);
  }
  lagChart.setData([times, lags]);
  keyOfLags();
}

function keyOfLags() {
  if (lagChart === null) return;
  const at = shown(lagChart, lags);
  const known = lags.filter((one) => one !== null);
  const text = known.length === 0 ? 'no heartbeat yet' : `${at === null ? '–' : millis(at)}, most ${millis(Math.max(...known))}`;
  by('lags-value').textContent = text;
  by('lags').setAttribute('aria-label', `Lag of the last five minutes: ${text}`);
}
