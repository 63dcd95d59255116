// The console of a node: asks /console/api once a second and shows what it
// says. No framework and no build: one module.

const views = ['overview', 'nodes', 'actors', 'partitions', 'streams',
  'latency', 'stores', 'gaps', 'dead-letters', 'audits', 'find', 'trace',
  'actions'];
/** The node that is looked into; null = the one that has the sequencer. */
const node = new URLSearchParams(location.search).get('node');
const period = 1000;
const timeout = 8000;

const main = document.getElementById('view');
const pulse = document.getElementById('pulse');
const nav = document.querySelector('nav');

// -- elements and texts -------------------------------------------------------

/** Makes an element; children are nodes or texts, never HTML. */
function element(name, attributes, ...children) {
  const result = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {}))
    if (value !== undefined && value !== false)
      result.setAttribute(key, value);
  result.append(...children.filter((x) => x !== null && x !== undefined));
  return result;
}

const count = new Intl.NumberFormat('en');
const grouped = (x) => (x === null || x === undefined ? '–' : count.format(x));
const rate = (x) => (x === null ? '–' : count.format(x < 10
  ? Math.round(x * 10) / 10 : Math.round(x)));

function duration(seconds) {
  if (seconds === null || seconds === undefined)
    return '–';
  if (seconds < 1e-3)
    return `${(seconds * 1e6).toFixed(seconds < 1e-5 ? 1 : 0)} µs`;
  if (seconds < 1)
    return `${(seconds * 1e3).toFixed(seconds < 1e-2 ? 1 : 0)} ms`;
  if (seconds < 120)
    return `${seconds.toFixed(1)} s`;
  if (seconds < 7200)
    return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

const short = (x) => (x.length > 14 ? `${x.slice(0, 6)}…${x.slice(-6)}` : x);
const time = (ms) => (ms === null ? '–'
  : new Date(ms).toISOString().slice(11, 23));

/** A key or signature that leads to its view. */
function link(kind, x, more = '') {
  return element('a', { href: `#${kind}=${x}${more}`, title: x, class: 'key' },
    short(x));
}

/** A table; a column is [title, row => text or node, class]. */
function table(columns, rows, empty = 'none') {
  if (rows.length === 0)
    return element('p', { class: 'note' }, empty);
  const cells = (row) => columns.map(([, cell, style]) => {
    const value = cell(row);
    return element('td', { class: style }, value ?? '–');
  });
  return element('div', { class: 'scroll', tabindex: '0' },
    element('table', {},
      element('thead', {}, element('tr', {},
        ...columns.map(([title, , style]) =>
          element('th', { scope: 'col', class: style }, title)))),
      element('tbody', {},
        ...rows.map((row) => element('tr', {}, ...cells(row))))));
}

const heading = (text) => element('h2', {}, text);
const note = (text, style = '') =>
  element('p', { class: `note ${style}` }, text);

function tile(title, value, style) {
  return element('div', { class: 'tile' },
    element('b', { class: style }, value), element('span', {}, title));
}

function marked(x, limit, text = grouped(x)) {
  return x > limit ? element('span', { class: 'warn' }, text) : text;
}

const state = (answered, problem) => (answered
  ? element('span', { class: 'good' }, 'answers')
  : element('span', { class: 'bad' }, problem ?? 'no answer'));

function busy(x) {
  if (x === null || x === undefined)
    return '–';
  const text = `${Math.round(x * 100)} %`;
  return element('span', {},
    element('meter', { min: 0, max: 1, high: 0.8, value: x,
      'aria-label': text }), ` ${text}`);
}

// -- views --------------------------------------------------------------------

const stageTable = (stages) => table([
  ['stage', (x) => x.stage.replace('_', ' up to '), 'text'],
  ['after', (x) => x.from, 'text'],
  ['traced', (x) => grouped(x.count)],
  ['p50', (x) => duration(x.p50_seconds)],
  ['p99', (x) => duration(x.p99_seconds)],
  ['longest', (x) => duration(x.max_seconds)],
], stages);

function showOverview(x) {
  const health = (of) => (of === null ? ['off', 'dim']
    : of.ready ? ['ready', 'good'] : [of.problem ?? 'not ready', 'bad']);
  return [
    element('div', { class: 'tiles' },
      tile('trades a second', rate(x.trades_per_second)),
      tile('trades, this generation', grouped(x.trades_total)),
      tile('sealed slot', grouped(x.sealed_slot)),
      tile('slots behind', grouped(x.lag_slots), x.lag_slots > 64 ? 'warn' : ''),
      tile('updates a second', rate(x.updates_per_second)),
      tile('epochs in flight', grouped(x.epochs_in_flight)),
      tile('actors', grouped(x.actors)),
      tile('entities alive', grouped(x.entities)),
      tile('silent actors', grouped(x.silent), x.silent > 0 ? 'bad' : ''),
      tile('messages waiting', grouped(x.mailbox)),
      tile('store', ...health(x.store)),
      tile('sink', ...health(x.sink)),
      tile('gaps, this run', grouped(x.gaps_total), x.gaps_total > 0 ? 'warn' : ''),
      tile('dead letters, this run', grouped(x.dead_letters_total),
        x.dead_letters_total > 0 ? 'warn' : ''),
      tile('audit mismatches', grouped(x.mismatches_total),
        x.mismatches_total > 0 ? 'bad' : ''),
      tile('restarts', `${x.restarts_total} + ${x.entity_restarts_total}`,
        x.restarts_total > 0 ? 'warn' : ''),
      tile(`generation ${x.generation} runs`, duration(x.generation_seconds))),
    heading('From receive to publish'), stageTable(x.latency)];
}

/** Roles as a tree: children behind their parent. */
function treeOf(roles) {
  const known = new Set(roles.map((x) => x.role));
  const below = (parent, depth) => roles
    .filter((x) => (parent === null ? !known.has(x.parent)
      : x.parent === parent))
    .flatMap((x) => [{ ...x, depth }, ...below(x.role, depth + 1)]);
  return below(null, 0);
}

function showActors(x) {
  const depths = ['', 'child', 'grandchild'];
  return [
    heading('Tree'),
    table([
      ['role', (r) => element('span', { class: depths[r.depth] }, r.role)],
      ['actors', (r) => grouped(r.actors)],
      ['silent', (r) => (r.silent > 0
        ? element('span', { class: 'bad' }, grouped(r.silent)) : '0')],
      ['messages/s', (r) => rate(r.messages_per_second)],
      ['waiting', (r) => marked(r.mailbox, 1000)],
      ['busiest', (r) => busy(r.busy_max)],
      ['p50', (r) => duration(r.time_p50_seconds)],
      ['p99', (r) => duration(r.time_p99_seconds)],
      ['restarts', (r) => marked(r.restarts, 0)],
    ], treeOf(x.roles)),
    heading('Actors'),
    actorTable(x.actors)];
}

const actorTable = (actors) => table([
  ['actor', (a) => (a.name.length > 20
    ? element('span', {}, `${a.role} `, link('find', a.name))
    : `${a.role} ${a.name}`)],
  ['state', (a) => state(a.answered, a.problem), 'text'],
  ['messages/s', (a) => rate(a.messages_per_second)],
  ['handled', (a) => grouped(a.handled_total)],
  ['waiting', (a) => marked(a.mailbox, 1000)],
  ['busy', (a) => busy(a.busy)],
  ['p50', (a) => duration(a.time_p50_seconds)],
  ['p99', (a) => duration(a.time_p99_seconds)],
  ['longest', (a) => duration(a.time_max_seconds)],
], actors);

function showPartitions(x) {
  const hosted = new Map();
  for (const { node } of x.partitions)
    if (node !== null)
      hosted.set(node, (hosted.get(node) ?? 0) + 1);
  const shares = [...hosted].sort().map(([node, count]) => `${node} hosts ${count}`);
  return [
    note([`The journal stands at ${grouped(x.committed_jpos)}.`,
      shares.length === 0 ? '' : `Of ${x.partitions.length} partitions ${shares.join(', ')}.`,
    ].join(' ')),
    table([
      ['partition', (p) => element('a',
        { href: `#actors=${p.kind}:${p.partition}` }, `${p.kind} ${p.partition}`)],
      ['state', (p) => state(p.answered, p.problem), 'text'],
      ['node', (p) => p.node ?? 'with the sequencer', 'text'],
      ['alive', (p) => grouped(p.entities)],
      ['stored', (p) => grouped(p.stored)],
      ['changed', (p) => grouped(p.dirty)],
      ['applied', (p) => grouped(p.applied)],
      ['lag', (p) => marked(p.lag_rows, 5000)],
      ['not stored', (p) => grouped(p.unstored_rows)],
      ['epochs waiting', (p) => marked(p.waiting, 8)],
      ['checkpoints', (p) => grouped(p.checkpoints_total)],
      ['p99', (p) => duration(p.time_p99_seconds)],
      ['fold p50', (p) => duration(p.fold_p50_seconds)],
      ['fold p99', (p) => duration(p.fold_p99_seconds)],
      ['re-folds', (p) => grouped(p.repairs_total)],
      ['restarts', (p) => marked(p.entity_restarts_total, 0)],
      ['mismatches', (p) => marked(p.sum_mismatches_total, 0)],
    ], x.partitions)];
}

function showStreams(x) {
  return [
    note(`Sealed ${grouped(x.sealed_slot)} of ${grouped(x.highest_slot)}.`),
    table([
      ['kind', (s) => s.kind, 'text'],
      ['name', (s) => s.name, 'text'],
      ['state', (s) => (s.reading ? element('span', { class: 'good' }, 'reads')
        : s.standby ? 'stands by' : element('span', { class: 'bad' }, 'does not read')),
      'text'],
      ['slot', (s) => grouped(s.slot)],
      ['lag', (s) => (s.lag_slots === null ? '–' : marked(s.lag_slots, 8))],
      ['credit', (s) => grouped(s.credit)],
      ['updates', (s) => grouped(s.updates_total)],
      ['retries', (s) => grouped(s.retries_total)],
      ['last trouble', (s) => s.problem ?? '', 'text wrap'],
    ], x.streams)];
}

function showNodes(x) {
  const look = (name) => element('a', {
    href: `?node=${encodeURIComponent(name)}#overview`, class: 'key' }, name);
  return [table([
    ['node', (n) => (n.role === 'dead' ? n.name : look(n.name)), 'text'],
    ['role', (n) => n.role, 'text'],
    ['partitions', (n) => grouped(n.partitions)],
    ['last beat', (n) => duration(n.beat_age_ms / 1e3)],
    ['age', (n) => duration(n.age_ms / 1e3)],
    ['build', (n) => n.build, 'text'],
    ['API', (n) => n.http, 'text'],
  ], x.nodes, 'This node is alone.'),
  x.nodes.length > 0 ? note(node
    ? element('a', { href: '/console#nodes' }, `Looking into ${node}; back to the sequencer`)
    : 'The other views are of the node that has the sequencer, or of one that is chosen here.')
    : null];
}

function showStores(x) {
  return [
    x.problem ? note(`The store did not answer: ${x.problem}`, 'bad') : null,
    x.counts ? element('div', { class: 'tiles' },
      tile('trades stored', grouped(x.counts.trades)),
      tile('slots', grouped(x.counts.slots)),
      tile('journal position', grouped(x.head.jpos)),
      tile('fence', grouped(x.head.fence)),
      tile('open gaps', grouped(x.counts.open_gaps), x.counts.open_gaps ? 'warn' : ''),
      tile('dead letters', grouped(x.counts.dead_letters),
        x.counts.dead_letters ? 'warn' : ''),
      tile('open re-folds', grouped(x.counts.repairs))) : null,
    heading('Who reads, writes and publishes'), actorTable(x.actors),
    ...x.actors.filter((a) => a.answered).flatMap((a) => [
      heading(`${a.role} ${a.name}`), countersTable(a.counters)])];
}

const countersTable = (counters) => table([
  ['what', ([name]) => name, 'text'],
  ['value', ([, value]) => (typeof value === 'number' ? grouped(value)
    : String(value)), 'wrap'],
], Object.entries(counters));

const showLatency = (x) => [
  note('Of the transactions traced in the last 30 to 60 seconds. Folding and '
    + 'publishing both begin when the journal is done.'),
  stageTable(x.stages)];

const showGaps = (x) => [
  note(`${grouped(x.total)} open.`),
  table([
    ['from slot', (g) => grouped(g.from_slot)],
    ['to slot', (g) => grouped(g.to_slot)],
    ['reason', (g) => g.reason, 'text'],
    ['opened at', (g) => g.opened_at],
  ], x.gaps, 'No gap is open.')];

const showDeadLetters = (x) => [
  note(`${grouped(x.total)} in all. To decode them again: drain the node, then `
    + 'run `pumpscope dlq retry --all`.'),
  table([
    ['position', (l) => l.position, 'text'],
    ['signature', (l) => link('trace', l.signature, `:${l.slot}`), 'text'],
    ['at', (l) => l.block_time],
    ['reason', (l) => l.reason, 'text'],
  ], x.dead_letters, 'There are none.')];

const showAudits = (x) => [
  table([
    ['found at', (a) => a.found_at],
    ['kind', (a) => a.kind, 'text'],
    ['key', (a) => link('find', a.key), 'text'],
    ['position', (a) => grouped(a.jpos)],
    ['what', (a) => a.what, 'text wrap'],
  ], x.audits, 'No state was ever found that was not the fold of its journal.')];

const rowColumns = [
  ['position', (r) => grouped(r.jpos)],
  ['slot', (r) => grouped(r.slot)],
  ['time', (r) => r.block_time],
  ['what', (r) => element('span',
    { class: r.what === 'buy' ? 'good' : r.what === 'sell' ? 'bad' : '' },
    r.what), 'text'],
  ['token units', (r) => r.token_units],
  ['quote units', (r) => r.quote_units],
  ['wallet', (r) => link('find', r.wallet), 'text'],
  ['mint', (r) => link('find', r.mint), 'text'],
  ['signature', (r) => link('trace', r.signature, `:${r.slot}`), 'text'],
];

function showEntity(title, x) {
  if (!x.known && x.problem === null)
    return [];
  const differing = x.fields.filter((f) => f.differs);
  const sign = (f) => (f.differs ? element('b', { class: 'warn' }, f.name) : f.name);
  return [
    heading(title),
    element('div', { class: 'tiles' },
      tile('partition', String(x.partition)),
      tile('actor', x.live ? 'alive' : 'asleep', x.live ? 'good' : 'dim'),
      tile('stored', x.stored ? 'yes' : 'no', x.stored ? 'good' : 'warn'),
      tile('changed since stored', x.dirty ? 'yes' : 'no', x.dirty ? 'warn' : ''),
      tile('folded up to', grouped(x.applied)),
      tile('stored up to', grouped(x.cursor)),
      tile('fields that differ', String(differing.length),
        differing.length > 0 && !x.dirty ? 'warn' : '')),
    x.problem ? note(x.problem, 'bad') : null,
    x.stored_problem ? note(`Store: ${x.stored_problem}`, 'bad') : null,
    x.actor ? actorTable([x.actor]) : null,
    heading('Live and stored state'),
    table([
      ['field', sign, 'text'],
      ['live', (f) => f.live ?? ''],
      ['stored', (f) => f.stored ?? ''],
    ], x.fields),
    heading('Last messages'),
    table(rowColumns, x.rows, 'None among the last rows of all keys.')];
}

const showFound = (x) => {
  const shown = [...showEntity('As a wallet', x.wallet),
    ...showEntity('As a token', x.token)];
  return shown.length > 0 ? shown
    : [note('Neither a wallet nor a token that this node knows.')];
};

const showTrace = (x) => [
  note(x.state, x.found ? '' : 'warn'),
  x.found ? element('div', { class: 'tiles' },
    tile('slot', grouped(x.slot)), tile('index in slot', grouped(x.tx_index)),
    tile('epoch', grouped(x.epoch))) : null,
  x.stages.length > 0 ? heading('Stages') : null,
  x.stages.length > 0 ? table([
    ['stage', (s) => s.stage],
    ['done at (UTC)', (s) => time(s.at_unix_ms)],
    ['after receive', (s) => duration(s.seconds)],
  ], x.stages) : null,
  x.rows.length > 0 ? heading('Rows') : null,
  x.rows.length > 0 ? table([...rowColumns,
    ['wallet partition', (r) => String(r.wallet_partition)],
    ['token partition', (r) => String(r.token_partition)]], x.rows) : null];

// -- find, trace and actions --------------------------------------------------

function search(view, placeholder, value) {
  const input = element('input', { name: 'key', placeholder, value,
    'aria-label': placeholder, spellcheck: 'false', autocomplete: 'off' });
  const form = element('form', { role: 'search' }, input,
    element('button', {}, view));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = `${view}=${input.value.trim()}`;
  });
  return form;
}

/** The token lives in this field and nowhere else. */
function showActions() {
  const token = element('input', { type: 'password', placeholder: 'admin token',
    'aria-label': 'admin token', autocomplete: 'off' });
  const kind = element('select', { 'aria-label': 'kind' },
    element('option', {}, 'wallet'), element('option', {}, 'token'));
  const key = element('input', { placeholder: 'address', 'aria-label': 'address' });
  const result = element('p', { class: 'note', role: 'status' });
  const act = async (body) => {
    try {
      const answer = await fetch(`/console/api/${ofNode('actions')}`, {
        method: 'POST', signal: AbortSignal.timeout(timeout),
        headers: { Authorization: `Bearer ${token.value}` },
        body: JSON.stringify(body) });
      const told = await answer.json();
      result.className = answer.ok ? 'note good' : 'note bad';
      result.textContent = answer.ok ? `${told.action}: accepted`
        : `${told.code}: ${told.detail}`;
    } catch (error) {
      result.className = 'note bad';
      result.textContent = String(error.message ?? error);
    }
  };
  const button = (text, body) => {
    const x = element('button', { type: 'button' }, text);
    x.addEventListener('click', () => act(body()));
    return x;
  };
  const drain = button('drain: end gracefully', () => ({ action: 'drain' }));
  const retry = button('retry dead letters', () => ({ action: 'retry_dead_letters' }));
  const partition = element('input', { type: 'number', min: '0', max: '63', value: '0',
    'aria-label': 'partition' });
  const to = element('input', { placeholder: 'node', 'aria-label': 'node to move to' });
  const level = element('select', { 'aria-label': 'log level' },
    ...['error', 'warning', 'info', 'debug'].map((x) => element('option', {}, x)));
  level.value = 'info';
  return [
    note('Each action is written to the log of the node.'),
    element('form', {}, token),
    heading('Fold a key again from the journal'),
    element('form', {}, kind, key, button('re-fold', () =>
      ({ action: 'refold', kind: kind.value, key: key.value.trim() }))),
    heading('Decode dead letters again'),
    note('The pipeline starts again with what they are now: a second or two.'),
    element('form', {}, retry),
    heading('Move a partition to another node'),
    note('In a cluster. The pipeline starts again from the journal: a second or two.'),
    element('form', {}, partition, to, button('move', () => ({ action: 'move',
      partition: Number(partition.value), node: to.value.trim() }))),
    heading('What the log shows'),
    element('form', {}, level, button('set log level', () =>
      ({ action: 'log_level', level: level.value }))),
    heading('End the node'),
    element('form', {}, drain), result];
}

// -- asking -------------------------------------------------------------------

/** The path of a question to the node that is looked into. */
function ofNode(path) {
  if (!node || path === 'nodes')
    return path;
  return `${path}${path.includes('?') ? '&' : '?'}node=${encodeURIComponent(node)}`;
}

/** What the address says: [view, argument]. */
function place() {
  const [view, argument = ''] = location.hash.slice(1).split('=');
  return views.includes(view) ? [view, argument] : ['overview', ''];
}

const shows = { overview: showOverview, nodes: showNodes, actors: showActors,
  partitions: showPartitions, streams: showStreams, latency: showLatency,
  stores: showStores, gaps: showGaps, 'dead-letters': showDeadLetters,
  audits: showAudits };

/** The question of a place, and how its answer is shown; null = none. */
function question([view, argument]) {
  const [first, second] = argument.split(':');
  if (view === 'find')
    return first ? [`find?key=${encodeURIComponent(first)}`, showFound] : null;
  if (view === 'trace')
    return first ? [`trace?signature=${encodeURIComponent(first)}`
      + `${second ? `&slot=${encodeURIComponent(second)}` : ''}`, showTrace] : null;
  if (view === 'actors' && second !== undefined)
    return [`actors?kind=${encodeURIComponent(first)}`
      + `&partition=${encodeURIComponent(second)}`,
    (x) => [heading(`Some entities of ${first} partition ${second}`),
      actorTable(x.actors)]];
  return shows[view] ? [view, shows[view]] : null;
}

function tell(style, text) {
  document.body.className = style;
  pulse.textContent = text;
}

/** Shows nodes in the lower part of the view; scrolls stay where they were. */
function put(target, nodes) {
  const left = [...target.querySelectorAll('.scroll')].map((x) => x.scrollLeft);
  target.replaceChildren(...nodes.filter((x) => x !== null));
  [...target.querySelectorAll('.scroll')].forEach((x, i) => {
    x.scrollLeft = left[i] ?? 0;
  });
}

let turn = 0;

/** Asks for what the place shows, again and again until the place changes. */
async function follow(target, [path, show]) {
  const mine = turn;
  while (mine === turn) {
    const begun = performance.now();
    if (!document.hidden) {
      try {
        const answer = await fetch(`/console/api/${ofNode(path)}`,
          { signal: AbortSignal.timeout(timeout) });
        const told = await answer.json();
        if (mine !== turn)
          return;
        if (answer.ok) {
          // Who is selecting text keeps it.
          if (getSelection().isCollapsed || target.childElementCount === 0)
            put(target, show(told));
          tell('alive', `asked at ${new Date().toLocaleTimeString()}`);
        } else {
          tell(answer.status === 400 ? 'alive' : 'stale', told.detail);
          if (answer.status === 400) {
            put(target, [note(told.detail, 'warn')]);
            return;
          }
        }
      } catch {
        if (mine !== turn)
          return;
        tell('stale', 'the node does not answer; what is shown is old');
      }
    }
    await new Promise((done) => {
      setTimeout(done, Math.max(100, period - (performance.now() - begun)));
    });
  }
}

function go() {
  turn += 1;
  const at = place();
  const [view, argument] = at;
  for (const x of nav.children) {
    if (x.hash === `#${view}`)
      x.setAttribute('aria-current', 'page');
    else
      x.removeAttribute('aria-current');
  }
  document.title = `${view} · pumpscope console`;
  const target = element('div', {});
  const first = argument.split(':')[0];
  const above = view === 'find' ? [search('find', 'wallet or mint', first)]
    : view === 'trace' ? [search('trace', 'signature, or signature:slot', argument)]
      : view === 'actions' ? showActions() : [];
  main.replaceChildren(...above, target);
  const asked = question(at);
  if (asked !== null)
    follow(target, asked);
  else
    tell('', '');
}

// -- beginning ----------------------------------------------------------------

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('console-theme', theme);
}

nav.append(...views.map((x) =>
  element('a', { href: `#${x}` }, x.replace('-', ' '))));
setTheme(localStorage.getItem('console-theme')
  ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'));
document.getElementById('theme').addEventListener('click', () =>
  setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
// Keys 1 to 9 choose a view, / searches.
document.addEventListener('keydown', (event) => {
  if (event.target.matches('input, select') || event.ctrlKey || event.metaKey
    || event.altKey)
    return;
  if (/^[1-9]$/.test(event.key))
    location.hash = views[Number(event.key) - 1];
  if (event.key === '/') {
    event.preventDefault();
    location.hash = 'find';
    setTimeout(() => main.querySelector('input')?.focus());
  }
});
addEventListener('hashchange', go);
go();
