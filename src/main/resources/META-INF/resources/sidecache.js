// The page for people. It reads what everybody can read (/v1/caches, /v1/events, /v1/webhooks) and keeps nothing but the
// token, for this tab. Whatever comes from outside is shown as text.
const MOST_EVENTS = 100;
const SAMPLES = 60;
const POLL_MILLIS = 2000;
const TELL_MILLIS = 5000;
const MOST_CHARACTERS = 300;

const by = (id) => document.getElementById(id);
const history = new Map(); // cache → [[hits, reads], …], newest last
let token = sessionStorage.getItem('sidecache-token');
let gap = false;
let untold = 0;

class Refused extends Error {}

async function call(path, options = {}) {
  const headers = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { ...options, headers, cache: 'no-store' });
  by('sign-in').hidden = answer.status !== 401;
  if (answer.status === 401) throw new Refused('a token is needed');
  return answer;
}

function cell(row, text, name) {
  const made = row.insertCell();
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function state(kind, text) {
  by('light').className = kind;
  if (by('state-text').textContent !== text) by('state-text').textContent = text;
}

function line(cache, figures) {
  const samples = history.get(cache) ?? [];
  samples.push([figures.hits, figures.hits + figures.misses]);
  if (samples.length > SAMPLES) samples.shift();
  history.set(cache, samples);
  const rates = [];
  for (let i = 1; i < samples.length; i++) {
    const reads = samples[i][1] - samples[i - 1][1];
    if (reads > 0) rates.push([i, Math.max(0, samples[i][0] - samples[i - 1][0]) / reads]);
  }
  const [first, last] = [samples[0], samples.at(-1)];
  const reads = last[1] - first[1];
  return { points: rates.map(([i, rate]) => `${(i * 100) / SAMPLES},${22 - rate * 20}`).join(' '),
    rate: reads > 0 ? `${Math.round((100 * (last[0] - first[0])) / reads)} %` : '–' };
}

function chart(cache, figures) {
  const { points, rate } = line(cache, figures);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 100 24');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true'); // the number beside it says the same
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  drawn.setAttribute('points', points);
  svg.append(drawn);
  return [svg, rate];
}

function showCaches(caches) {
  const rows = caches.map(({ name, figures }) => {
    const row = document.createElement('tr');
    cell(row, name);
    cell(row, figures.size.toLocaleString());
    row.insertCell().append(...chart(name, figures));
    cell(row, figures.hits.toLocaleString());
    cell(row, figures.misses.toLocaleString());
    cell(row, Object.values(figures.evictions).reduce((a, b) => a + b, 0).toLocaleString());
    return row;
  });
  by('caches').replaceChildren(...rows);
  const choice = by('look-cache');
  if ([...choice.options].map((o) => o.value).join('\n') !== caches.map((c) => c.name).join('\n')) {
    choice.replaceChildren(...caches.map((c) => new Option(c.name, c.name)));
  }
  if (caches.some((c) => !c.fresh)) state('bad', 'A gap: freshness cannot be proven now, reads go to PostgreSQL');
  else if (gap) state('bad', 'A gap has opened');
  else state('good', 'Fresh: what is in memory is proven by PostgreSQL');
}

function showPeers(peers) {
  by('peers-section').hidden = peers.length === 0;
  by('peers').replaceChildren(...peers.map((peer) => {
    const row = document.createElement('tr');
    for (const text of [peer.name, peer.state, peer.queued, peer.delivered, peer.resets, peer.deadLetters, peer.lastFailure ?? '']) {
      cell(row, text.toLocaleString());
    }
    return row;
  }));
}

async function poll() {
  try {
    const [caches, peers] = await Promise.all([call('/v1/caches'), call('/v1/webhooks')]);
    showCaches((await caches.json()).caches);
    showPeers((await peers.json()).webhooks);
  } catch (e) {
    state('bad', e instanceof Refused ? 'A token is needed' : 'The sidecar does not answer');
  }
  setTimeout(poll, POLL_MILLIS);
}

function what(name, data) {
  if (name === 'reset') return 'everything';
  if (name !== 'invalidated') return name;
  if (data.whole) return 'the whole cache';
  return data.group === undefined ? data.key : `group ${data.group}`;
}

function value(data) {
  if (!('value' in data)) return '';
  const text = typeof data.value === 'string' ? data.value : JSON.stringify(data.value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text;
}

function happened(name, data) {
  if (name === 'gap-opened') gap = true;
  if (name === 'gap-closed') gap = false;
  const row = by('events').insertRow(0);
  cell(row, new Date(data.at ?? Date.now()).toLocaleTimeString());
  cell(row, data.cache ?? '');
  cell(row, what(name, data), 'value');
  cell(row, value(data), 'value');
  while (by('events').rows.length > MOST_EVENTS) by('events').deleteRow(-1);
  untold++;
}

// A screen reader is told how many, now and then, and not of each.
setInterval(() => {
  if (untold > 0) by('told').textContent = `${untold} in the last seconds`;
  untold = 0;
}, TELL_MILLIS);

// By fetch, not EventSource, which cannot send a token.
let position = null;

async function read(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value: text, done } = await reader.read();
    if (done) return;
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop();
    blocks.forEach(event);
  }
}

function event(block) {
  let name = 'message';
  let data = '';
  for (const text of block.split('\n')) {
    const [, field, content] = /^([^:]*):? ?(.*)$/.exec(text);
    if (field === 'id') position = content;
    if (field === 'event') name = content;
    if (field === 'data') data += content;
  }
  if (name !== 'message') happened(name, data ? JSON.parse(data) : {});
}

async function follow(waitMillis = 500) {
  let wait = waitMillis;
  try {
    const answer = await call('/v1/events?include=value', { headers: position ? { 'Last-Event-ID': position } : {} });
    if (answer.ok) {
      wait = 500;
      await read(answer);
    }
  } catch {
    // told by poll()
  }
  setTimeout(() => follow(Math.min(2 * wait, 10000)), wait);
}

const entry = () => `/v1/caches/${encodeURIComponent(by('look-cache').value)}/entries/${encodeURIComponent(by('look-key').value)}`;

async function look() {
  by('found').hidden = false;
  by('found-value').textContent = '';
  try {
    const answer = await call(entry());
    const status = answer.headers.get('Cache-Status') ?? '';
    by('found-status').textContent = `${answer.status} · ${status}${answer.headers.has('Age') ? ` · ${answer.headers.get('Age')} s old` : ''}`;
    by('found-value').textContent = await answer.text();
  } catch (e) {
    by('found-status').textContent = e instanceof Refused ? e.message : 'The sidecar does not answer';
  }
}

by('look').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  look();
});

by('evict').addEventListener('click', () => {
  by('sure-text').textContent = `Evict ${by('look-key').value} of ${by('look-cache').value} in all sidecars?`;
  by('sure').returnValue = 'no';
  by('sure').showModal();
});

by('sure').addEventListener('close', async () => {
  if (by('sure').returnValue !== 'yes') return;
  try {
    const answer = await call(entry(), { method: 'DELETE' });
    by('found-value').textContent = answer.ok ? '' : await answer.text();
    by('found-status').textContent = answer.ok ? 'It was evicted in all sidecars.' : `It was not evicted: ${answer.status}`;
  } catch (e) {
    by('found-status').textContent = e instanceof Refused ? e.message : 'The sidecar does not answer';
  }
  by('evict').focus();
});

by('sign-in').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  token = by('token').value;
  sessionStorage.setItem('sidecache-token', token);
  by('token').value = '';
  by('sign-in').hidden = true;
});

poll();
follow();
