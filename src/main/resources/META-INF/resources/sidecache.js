// The page for people. It reads what everybody can read (/v1/caches, /v1/events, /v1/webhooks) and keeps nothing but the
// token, for this tab. Whatever comes from outside is shown as text.
import { forget, hasToken, json, onRefused, Refused, repeat, soon, stream, use } from '/api.js';
import { rate, sample } from '/charts.js';
import { offer, lookUp } from '/entry.js';
import { add, count, onLookUp } from '/evictions.js';

const POLL_MILLIS = 2000;
const RATE_MILLIS = 1000;

const by = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString('en');
const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

// What is known of the sidecar: whether it answers, whether evictions are heard of, whether values are proven fresh.
const known = { refused: false, answers: null, streams: null, gap: false, fresh: false, next: 0 };

function state() {
  const [kind, text] = judged();
  by('state').dataset.kind = kind;
  put(by('state-text'), text);
  const seconds = Math.ceil((known.next - Date.now()) / 1000);
  put(by('state-next'), !known.refused && seconds > 0 && (known.answers === false || known.streams === false) ? `next try in ${seconds} s` : '');
}

function judged() {
  if (known.refused) return ['wait', 'A token is needed'];
  if (known.answers === false) return ['bad', 'The sidecar does not answer; reconnecting'];
  if (known.answers === null) return ['wait', 'Connecting'];
  if (known.gap || !known.fresh) return ['bad', 'Gap: freshness cannot be proven now'];
  if (known.streams === false) return ['wait', 'Fresh, but live evictions are interrupted; reconnecting'];
  return ['good', 'Fresh: PostgreSQL proves what is in memory'];
}

function span(millis) {
  if (millis < 1000) return `${millis} ms`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

function showSource(source) {
  put(by('lag'), source.lagMicros === undefined ? '–' : `${(source.lagMicros / 1000).toFixed(2)} ms`);
  put(by('heartbeat'), source.lastHeartbeatAgeMillis === undefined ? 'none yet' : `${span(source.lastHeartbeatAgeMillis)} ago`);
  const since = source.connectedSince === undefined ? '' : `, for ${span(Math.max(0, Date.now() - Date.parse(source.connectedSince)))}`;
  const gone = source.disconnectedForMillis === undefined ? '' : `, away ${span(source.disconnectedForMillis)}`;
  put(by('listener'), `${source.state}${gone || since}`);
  put(by('reconnects'), number(source.reconnects));
  const failed = source.state !== 'fresh' && source.lastFailure !== undefined;
  by('failure').hidden = !failed;
  put(by('failure'), failed ? `Last failure: ${source.lastFailure}` : '');
}

/** Makes rows for names, in order, and keeps those that are there. */
function rows(body, names, make) {
  const old = new Map([...body.rows].map((row) => [row.dataset.name, row]));
  const wanted = names.map((name) => old.get(name) ?? make(name));
  if (wanted.length !== body.rows.length || wanted.some((row, i) => body.rows[i] !== row)) body.replaceChildren(...wanted);
  return wanted;
}

function rowOf(name, classes) {
  const row = document.createElement('tr');
  row.dataset.name = name;
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = name;
  row.append(head);
  for (const one of classes) row.insertCell().className = one;
  return row;
}

function showCaches(caches) {
  const made = rows(by('caches'), caches.map((cache) => cache.name), (name) => rowOf(name, ['number', 'rate', 'number', 'number', 'number', 'number']));
  caches.forEach(({ name, figures }, i) => {
    const [, size, hit, hits, misses, loads, evicted] = made[i].cells;
    put(size, number(figures.size));
    const percent = rate(name);
    put(hit, percent === null ? '–' : `${Math.round(percent)} %`);
    hit.style.setProperty('--rate', `${percent ?? 0}%`);
    put(hits, number(figures.hits));
    put(misses, number(figures.misses));
    put(loads, number(figures.loads));
    put(evicted, number(Object.values(figures.evictions).reduce((a, b) => a + b, 0)));
  });
  offer(caches.map((cache) => cache.name));
}

function showPeers(peers) {
  by('peers-section').hidden = peers.length === 0;
  const made = rows(by('peers'), peers.map((peer) => peer.name), (name) => rowOf(name, ['state', 'number', 'number', 'number', 'number', 'time', 'failure']));
  peers.forEach((peer, i) => {
    const [, peerState, queued, delivered, resets, dead, success, failure] = made[i].cells;
    put(peerState, peer.state);
    peerState.dataset.kind = { ok: 'good', retrying: 'wait' }[peer.state] ?? 'bad';
    put(queued, number(peer.queued));
    put(delivered, number(peer.delivered));
    put(resets, number(peer.resets));
    put(dead, number(peer.deadLetters));
    dead.classList.toggle('bad', peer.deadLetters > 0);
    put(success, peer.lastSuccess === undefined ? 'none yet' : new Date(peer.lastSuccess).toLocaleTimeString('en-GB'));
    put(failure, peer.lastFailure ?? '');
  });
}

async function poll() {
  const [caches, peers] = await Promise.all([json('/v1/caches'), json('/v1/webhooks')]);
  known.refused = false;
  known.answers = true;
  known.fresh = caches.caches.every((cache) => cache.fresh);
  if (known.fresh) known.gap = false;
  by('board').hidden = false;
  by('sign-in').hidden = true;
  by('sign-out').hidden = !hasToken();
  sample(caches);
  showSource(caches.source);
  showCaches(caches.caches);
  showPeers(peers.webhooks);
  state();
}

function happened(name, data) {
  if (name === 'gap-opened') known.gap = true;
  if (name === 'gap-closed') known.gap = false;
  add(name, data);
  if (name !== 'invalidated') soon();
  state();
}

onLookUp(lookUp);

onRefused((given) => {
  known.refused = true;
  put(by('sign-in-text'), given ? 'That token was not accepted.' : '');
  by('board').hidden = true;
  by('sign-out').hidden = true;
  if (by('sign-in').hidden) {
    by('sign-in').hidden = false;
    by('token').focus();
  }
  state();
});

by('sign-in').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  use(by('token').value);
  by('token').value = '';
});

by('sign-out').addEventListener('click', () => {
  forget();
  location.reload();
});

repeat(poll, POLL_MILLIS, (failure, millis) => {
  known.answers = failure instanceof Refused ? known.answers : false;
  known.next = Date.now() + millis;
  state();
});

repeat((succeeded) => stream(() => {
  succeeded();
  known.streams = true;
  state();
}, happened), 0, (failure, millis) => {
  known.streams = failure instanceof Refused ? known.streams : false;
  if (known.answers !== false) known.next = Date.now() + millis;
  state();
});

setInterval(() => {
  put(by('rate'), `${number(count())} /s`);
  state();
}, RATE_MILLIS);
