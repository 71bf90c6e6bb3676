// Live evictions: what comes in between two frames is drawn at once, and no more than can be seen.
const MOST_ROWS = 100;
const LEAST_MILLIS = 100; // between two drawings, so that a storm leaves the tab to the person
const TELL_MILLIS = 5000;
const MOST_CHARACTERS = 300;

const WORDS = {
  reset: 'What happened meanwhile is not known: everything may have changed',
  'gap-opened': 'A gap has opened: freshness cannot be proven',
  'gap-closed': 'The gap has closed',
};

const by = (id) => document.getElementById(id);
const waiting = []; // newest last; bounded
let lookUp = () => {};
let frame = 0;
let drawn = 0;
let paused = false;
let counted = 0;
let untold = 0;

/** Calls back with cache and key when a key is chosen. */
export const onLookUp = (listener) => {
  lookUp = listener;
};

/** How many came since the last call. */
export function count() {
  const since = counted;
  counted = 0;
  return since;
}

export function add(name, data) {
  if (name === 'invalidated') {
    counted++;
    untold++;
  }
  if (waiting.length === MOST_ROWS) waiting.shift();
  waiting.push({ name, data, at: new Date(data.at ?? Date.now()) });
  schedule();
}

function schedule() {
  if (!paused && frame === 0) frame = requestAnimationFrame(draw);
}

function draw(now) {
  frame = 0;
  if (paused) return;
  if (now - drawn < LEAST_MILLIS) {
    schedule();
    return;
  }
  drawn = now;
  const rows = by('events');
  const fresh = document.createDocumentFragment();
  for (let event = waiting.pop(); event; event = waiting.pop()) fresh.append(row(event));
  while (rows.rows.length + fresh.childElementCount > MOST_ROWS && rows.rows.length > 0) rows.deleteRow(-1);
  rows.prepend(fresh);
}

function cell(row, text, name) {
  const made = row.insertCell();
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function row({ name, data, at }) {
  const made = document.createElement('tr');
  made.className = name === 'invalidated' ? 'new' : `new told ${name}`;
  cell(made, at.toLocaleTimeString('en-GB', { hour12: false, fractionalSecondDigits: 3, hour: '2-digit', minute: '2-digit', second: '2-digit' }), 'time');
  cell(made, data.cache ?? '', 'cache');
  if (name !== 'invalidated') {
    cell(made, WORDS[name] ?? name).colSpan = 2;
    return made;
  }
  const what = cell(made, '', 'what');
  if (data.whole) what.textContent = 'the whole cache';
  else if (data.group !== undefined) what.textContent = `group ${data.group}`;
  else {
    const key = document.createElement('button');
    key.type = 'button';
    key.className = 'link';
    key.textContent = data.key;
    key.addEventListener('click', () => lookUp(data.cache, data.key));
    what.append(key);
  }
  const value = cell(made, text(data), 'value');
  if (data.value === null) value.classList.add('none');
  return made;
}

function text(data) {
  if (!('value' in data)) return '';
  if (data.value === null) return 'no such row';
  const whole = typeof data.value === 'string' ? data.value : JSON.stringify(data.value);
  return whole.length > MOST_CHARACTERS ? `${whole.slice(0, MOST_CHARACTERS)} …` : whole;
}

by('pause').addEventListener('click', () => {
  paused = !paused;
  by('pause').setAttribute('aria-pressed', String(paused));
  schedule();
});

// A screen reader is told how many, now and then, and not of each.
setInterval(() => {
  if (untold > 0) by('told').textContent = `${untold.toLocaleString('en')} in the last five seconds`;
  untold = 0;
}, TELL_MILLIS);
