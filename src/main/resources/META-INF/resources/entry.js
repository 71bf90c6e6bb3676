// One entry: looked at with the search box, and evicted after a question.
import { call, reason } from '/api.js';

const MOST_CHARACTERS = 65_536;
const MOST_ASKED = 200;
const TEXT = /^(text\/|application\/(.*\+)?(json|xml)|application\/javascript)/;

const by = (id) => document.getElementById(id);
let caches = [];
let looked = null;

/** Which caches there are. */
export function offer(names) {
  if (names.join('\n') === caches.join('\n')) return;
  caches = names;
  by('names').replaceChildren(...names.map((name) => new Option(`${name}/`)));
  by('example').textContent = `${names.includes('products') ? 'products' : names[0] ?? 'products'}/42`;
}

/** Cache and key of what was typed: up to the first slash it is the cache, and the only one may be left out. */
function parse(typed) {
  const slash = typed.indexOf('/');
  const cache = typed.slice(0, Math.max(0, slash));
  if (caches.includes(cache) && slash < typed.length - 1) return { cache, key: typed.slice(slash + 1) };
  return caches.length === 1 && slash < 0 ? { cache: caches[0], key: typed } : null;
}

const address = ({ cache, key }) => `/v1/caches/${encodeURIComponent(cache)}/entries/${encodeURIComponent(key)}`;
const named = ({ cache, key }) => {
  const name = `${cache}/${key}`;
  return name.length > MOST_ASKED ? `${name.slice(0, MOST_ASKED)} …` : name;
};
const say = (text, bad = false) => {
  by('found-status').textContent = text;
  by('found-status').classList.toggle('bad', bad);
};

export function lookUp(cache, key) {
  by('search').value = `${cache}/${key}`;
  by('search').focus();
  look();
}

async function look() {
  looked = parse(by('search').value);
  by('found').hidden = true;
  if (looked === null) {
    say(`Type a cache and a key, such as ${by('example').textContent}. The caches are ${caches.slice(0, 10).join(', ')}${caches.length > 10 ? ', …' : ''}.`, true);
    return;
  }
  const wanted = looked;
  try {
    const answer = await call(address(wanted));
    const body = new Uint8Array(await answer.arrayBuffer());
    if (wanted === looked) show(answer, body);
  } catch (failure) {
    if (wanted === looked) say(reason(failure), true);
  }
}

function show(answer, body) {
  const status = answer.headers.get('Cache-Status') ?? '';
  const type = answer.headers.get('Content-Type') ?? '';
  const inner = answer.ok ? '' : problem(body);
  say(answer.ok ? `${named(looked)}: ${body.length.toLocaleString('en')} bytes` : `${named(looked)}: ${inner || answer.status}`, answer.status !== 404 && !answer.ok);
  facts({
    Answer: String(answer.status),
    'Cache-Status': status,
    Age: answer.headers.has('Age') ? `${answer.headers.get('Age')} s` : '',
    ETag: answer.headers.get('ETag') ?? '',
    Type: answer.ok ? type : '',
  });
  by('found-value').hidden = !answer.ok;
  by('found-value').textContent = answer.ok ? value(type, body) : '';
  by('evict').hidden = answer.status === 400;
  by('found').hidden = false;
}

function problem(body) {
  try {
    const { title, detail } = JSON.parse(new TextDecoder().decode(body));
    return [title, detail].filter(Boolean).join(': ');
  } catch {
    return '';
  }
}

function facts(named) {
  by('found-facts').replaceChildren(...Object.entries(named).filter(([, text]) => text).map(([name, text]) => {
    const pair = document.createElement('div');
    const term = document.createElement('dt');
    const said = document.createElement('dd');
    term.textContent = name;
    said.textContent = text;
    pair.append(term, said);
    return pair;
  }));
}

function value(type, body) {
  if (!TEXT.test(type)) return `not text: ${body.length.toLocaleString('en')} bytes of ${type || 'an unknown type'}`;
  const text = new TextDecoder().decode(body);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n… cut` : text;
}

by('look').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  look();
});

by('evict').addEventListener('click', () => {
  by('sure-text').textContent = `Evict ${named(looked)} in all sidecars?`;
  by('sure').returnValue = 'no';
  by('sure').showModal();
});

by('sure').addEventListener('close', async () => {
  if (by('sure').returnValue !== 'yes') return;
  const wanted = looked;
  try {
    const answer = await call(address(wanted), { method: 'DELETE' });
    if (answer.ok) {
      by('found').hidden = true;
      by('search').focus();
      say(`${named(wanted)} was evicted in all sidecars.`);
    } else {
      say(`${named(wanted)} was not evicted: ${problem(new Uint8Array(await answer.arrayBuffer())) || answer.status}`, true);
    }
  } catch (failure) {
    say(`${named(wanted)} may not have been evicted: ${reason(failure)}`, true);
  }
});
