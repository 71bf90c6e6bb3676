// Calls of the sidecar that the page came from, with the token of this tab, and the stream of events.
const STORED = 'sidecache-token';
const CALL_MILLIS = 15_000;
const SILENCE_MILLIS = 45_000; // a comment comes every 15 s
const FIRST_WAIT_MILLIS = 500;
const LONGEST_WAIT_MILLIS = 15_000;
const FOR_EVER_MILLIS = 2 ** 31 - 1;

let token = sessionStorage.getItem(STORED);
const refusals = new Set();
const sleepers = new Set();

/** The API asks for a token, and did not get one that it takes. */
export class Refused extends Error {}

/** Calls back with whether a token was given when the API refuses. */
export const onRefused = (listener) => refusals.add(listener);

export const hasToken = () => token !== null;

/** Keeps a token for this tab, and tries at once whatever waits. */
export function use(given) {
  token = given;
  sessionStorage.setItem(STORED, given);
  soon();
}

/** Tries at once whatever waits. */
export function soon() {
  sleepers.forEach((wake) => wake());
}

export function forget() {
  token = null;
  sessionStorage.removeItem(STORED);
}

async function request(path, options, signal) {
  const sent = token;
  // Nothing is to be kept by the browser, which for that would ask for no-cache: a load in place of what is in memory.
  const headers = { 'Cache-Control': 'no-transform', ...options.headers };
  if (sent !== null) headers.Authorization = `Bearer ${sent}`;
  const answer = await fetch(path, { ...options, headers, signal, cache: 'no-store', credentials: 'omit' });
  if (answer.status === 401) {
    if (sent === token) {
      forget();
      refusals.forEach((listener) => listener(sent !== null));
    }
    throw new Refused('A token is needed');
  }
  return answer;
}

export const call = (path, options = {}) => request(path, options, AbortSignal.timeout(CALL_MILLIS));

/** What to tell of a call that failed. */
export const reason = (failure) => (failure instanceof Refused ? failure.message : 'The sidecar does not answer');

export async function json(path) {
  const answer = await call(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function sleep(millis) {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      sleepers.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, millis);
    sleepers.add(wake);
  });
}
addEventListener('online', soon);

/**
 * Does something over and over: when it is done again after `pauseMillis`, when it fails after a wait that
 * doubles each time, with jitter, and when it is refused after a token is given. `task` may call what it is
 * given when it has succeeded before it is done.
 */
export async function repeat(task, pauseMillis, failed) {
  let wait = FIRST_WAIT_MILLIS;
  const succeeded = () => {
    wait = FIRST_WAIT_MILLIS;
  };
  for (;;) {
    let millis = pauseMillis;
    try {
      await task(succeeded);
      succeeded();
    } catch (failure) {
      millis = failure instanceof Refused ? FOR_EVER_MILLIS : wait * (0.75 + Math.random() / 2);
      wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS);
      failed(failure, millis);
    }
    await sleep(millis);
  }
}

/** Parses JSON, with numbers as they are written where the browser can: 12.00 is not 12 to a person. */
const parse = 'rawJSON' in JSON
  ? (text) => JSON.parse(text, (_, value, { source }) => (typeof value === 'number' ? JSON.rawJSON(source) : value))
  : JSON.parse;

let position = null;

/** Reads the stream until it ends, which is a failure. By fetch: EventSource cannot send a token. */
export async function stream(opened, happened) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MILLIS);
  try {
    const headers = position === null ? {} : { 'Last-Event-ID': position };
    const answer = await request('/v1/events?include=value', { headers }, silence.signal);
    if (!answer.ok) {
      if (answer.status === 400) position = null;
      throw new Error(`/v1/events: ${answer.status}`);
    }
    opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error('the stream has ended');
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MILLIS);
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop();
      blocks.forEach((block) => event(block, happened));
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function event(block, happened) {
  let name = '';
  let data = '';
  for (const line of block.split('\n')) {
    const [, field, content] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === 'id') position = content;
    if (field === 'event') name = content;
    if (field === 'data') data += content;
  }
  if (name) happened(name, data ? parse(data) : {});
}
