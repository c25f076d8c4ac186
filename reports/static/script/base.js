// The script of the report, in parts that page.py joins inside one async function. No markup from
// strings, no eval, no network: data enters the page through textContent and setAttribute only.
const root = document.documentElement,
  $ = (s, r) => (r || document).querySelector(s),
  all = s => [...document.querySelectorAll(s)];
const el = (tag, attrs, ...kids) => {
  const e = document.createElement(tag);
  for (const k in attrs || {})
    k === 'class' ? (e.className = attrs[k]) : e.setAttribute(k, attrs[k]);
  e.append(...kids);
  return e;
};
const live = $('#live'),
  say = s => {
    live.textContent = '';
    live.textContent = s;
  };
let palette = {};
const css = name =>
  palette[name] || (palette[name] = getComputedStyle(root).getPropertyValue(name).trim());
// Colours are #rgb or #rrggbb.
const rgb = h =>
  h.length > 4
    ? [1, 3, 5].map(q => parseInt(h.slice(q, q + 2), 16))
    : [1, 2, 3].map(q => 17 * parseInt(h[q], 16));
const num = (v, d) => {
  const [whole, part] = Math.abs(v).toFixed(d).split('.');
  return (v < 0 ? '−' : '') + whole.replace(/\B(?=(\d{3})+$)/g, ',') + (part ? '.' + part : '');
};
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const time = s => new Date(s * 1000).toISOString().slice(0, 16).replace('T', ' ');

// Text of others: hidden characters become chips, long texts are cut (as in reports/text.py).
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
const code = c => 'U+' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
const cut = (s, n) =>
  s.length <= n ? s : s.slice(0, n) + '… (' + num(s.length, 0) + ' characters)';
const plain = (s, n) => cut(String(s), n).replace(HIDDEN, c => '⟦' + code(c) + '⟧');
function shown(s) {
  const b = el('bdi'),
    t = cut(String(s), 400);
  let at = 0;
  t.replace(HIDDEN, (c, i) => {
    b.append(t.slice(at, i), el('span', { class: 'ctl' }, code(c)));
    at = i + c.length;
  });
  b.append(t.slice(at));
  return b;
}

// The island (see pack in reports/page.py).
function bytes(s) {
  const b = atob(s),
    u = new Uint8Array(b.length);
  for (let i = 0; i < b.length; i++) u[i] = b.charCodeAt(i);
  return u;
}
const gunzip = s =>
  new Response(new Blob([bytes(s)]).stream().pipeThrough(new DecompressionStream('gzip')));
const island = JSON.parse($('#data').textContent);
let D = island.head,
  buffer,
  front = 0;
if (island.gzip) {
  buffer = await gunzip(island.gzip).arrayBuffer();
  front = new DataView(buffer).getUint32(0, true);
  D = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, front)));
  front += 4;
} else buffer = bytes(island.body).buffer;
const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const array = name => {
  const a = D.arrays[name];
  return a ? new TYPES[a[0]](buffer, front + a[1], a[2]) : null;
};

// Plotly's bundle comes from the folder beside; it is fetched when the first figure is drawn.
function script(src) {
  return new Promise((ok, no) => {
    const s = el('script', { src });
    s.onload = ok;
    s.onerror = () => no(new Error('cannot load ' + src));
    document.body.append(s);
  });
}
let loading = null;
const bundle =
  document.body.dataset.plotly && !window.Plotly
    ? () => (loading = loading || script(document.body.dataset.plotly).catch(() => null))
    : null;

// State that survives a reload and can be sent to a colleague: the URL's hash.
const read = k => new URLSearchParams(location.hash.slice(1)).get(k);
function keep(k, v) {
  const p = new URLSearchParams(location.hash.slice(1));
  v === null || v === '' ? p.delete(k) : p.set(k, v);
  p.delete('main');
  const s = p.toString();
  if ('#' + s !== (location.hash || '#'))
    history.replaceState(null, '', s ? '#' + s : location.pathname + location.search);
}

// Names of accounts and values in each cluster: a script beside, loaded by the first search.
let names = null;
function searchNames() {
  if (!names && document.body.dataset.search)
    names = new Promise(ok => {
      window.coterieSearch = s => gunzip(s).json().then(ok);
      script(document.body.dataset.search).catch(() => ok(null));
    });
  return names || Promise.resolve(null);
}

// Copy and download.
const oneLine = s =>
  String(s).replace(
    /[\u0000-\u001f\u007f]/g,
    c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'),
  );
async function copy(list) {
  const t = list.map(oneLine).join('\n');
  try {
    await navigator.clipboard.writeText(t);
  } catch (e) {
    const x = el('textarea', { 'aria-hidden': 'true' });
    x.value = t;
    document.body.append(x);
    x.select();
    document.execCommand('copy');
    x.remove();
  }
  say('Copied ' + num(list.length, 0) + (list.length === 1 ? ' id' : ' ids'));
}
function cell(v) {
  if (v === null || v === undefined) return '';
  if (typeof v === 'number') return String(v);
  return (
    '"' +
    (/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(v) ? "'" : '') +
    v.replace(/"/g, '""') +
    '"'
  );
}
function download(name, rows) {
  const a = el('a', { download: name });
  a.href = URL.createObjectURL(
    new Blob(['\ufeff' + rows.map(r => r.map(cell).join(',')).join('\r\n') + '\r\n'], {
      type: 'text/csv',
    }),
  );
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(a.href), 1e4);
}

// What can wait until the first screen stands.
const later = [];

// Theme.
const redraw = [];
const repaint = () => {
  palette = {};
  redraw.forEach(f => f());
};
try {
  const t = localStorage.getItem('coterie-theme');
  if (t === 'dark' || t === 'light') root.dataset.theme = t;
} catch (e) {
  /* no storage */
}
$('#theme').addEventListener('click', () => {
  const now =
    root.dataset.theme || (matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light');
  root.dataset.theme = now === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('coterie-theme', root.dataset.theme);
  } catch (e) {
    /* no storage */
  }
  repaint();
});
matchMedia('(prefers-color-scheme:dark)').addEventListener('change', repaint);
let before;
addEventListener('beforeprint', () => {
  before = root.dataset.theme;
  root.dataset.theme = 'light';
  root.classList.add('paper');
  boxes.forEach(b => window.Plotly && !drawn.has(b) && figure(b, D.figures[b.dataset.fig]));
  repaint();
});
addEventListener('afterprint', () => {
  root.classList.remove('paper');
  if (before) root.dataset.theme = before;
  else delete root.dataset.theme;
  repaint();
});
