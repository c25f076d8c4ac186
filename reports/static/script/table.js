// Tables: columns as arrays, a window of rows, sort, search, choose, copy, CSV.
const TIER = new Set(['confirmed', 'coordinated', 'linked', 'lead']),
  BATCH = D.evidence ? 80 : 200,
  FIRST = 30; // rows of the first screen: more than a table's window shows
const badge = v =>
  TIER.has(v)
    ? el('span', { class: 'tier t-' + v }, v)
    : el('span', { class: 'tag role' }, plain(v, 40));
function table(id, T) {
  const box = $('#' + id),
    n = T.data[0].length,
    cols = T.cols,
    body = el('tbody'),
    [k0, d0] = T.sort;
  let key =
      read(id + '.s') === null ? k0 : Math.min(cols.length - 1, Math.abs(+read(id + '.s') | 0)),
    dir = read(id + '.d') === null ? d0 : +read(id + '.d') < 0 ? -1 : 1,
    shownRows = BATCH,
    view = [],
    hay = null,
    deep = null;
  const q = el('input', { type: 'search', id: id + '-q', autocomplete: 'off' }),
    count = el('output', { class: 'mute', for: id + '-q' }),
    bar = el('div', { class: 'bar' }, el('label', {}, 'Search', q)),
    picks = {};
  q.value = read(id + '.q') || '';
  cols.forEach((c, k) => {
    if (!c.c) return;
    const s = el('select', {}, el('option', { value: '' }, 'all')),
      names = [...new Set(T.data[k])].filter(v => v !== null && v !== '').sort();
    if (names.length < 2 || names.length > 60) return;
    names.forEach(v => s.append(el('option', { value: v }, plain(v, 60))));
    s.value = read(id + '.f' + k) || '';
    picks[k] = s;
    s.addEventListener('change', apply);
    bar.append(el('label', {}, c.t, s));
  });
  const bCopy = el('button', { type: 'button' }, 'Copy ids'),
    bCsv = el('button', { type: 'button' }, 'Download CSV');
  bCopy.addEventListener('click', () => copy(view.map(i => T.data[T.key][i])));
  bCsv.addEventListener('click', () => {
    download(T.csv, [
      cols.map(c => c.t),
      ...view.map(i =>
        T.data.map((d, k) => (cols[k].k === 't' && d[i] !== null ? time(d[i]) : d[i])),
      ),
    ]);
    say('CSV with ' + num(view.length, 0) + ' rows');
  });
  bar.append(bCopy, bCsv, count);
  const heads = cols.map((c, k) => {
    const b = el('button', { type: 'button' }, c.t),
      // Buttons are not repeated at the head of each sheet of paper; the word beside it is.
      th = el(
        'th',
        { scope: 'col', class: c.k === 'n' ? 'num' : '' },
        b,
        el('span', { class: 'onpaper' }, c.t),
      );
    b.addEventListener('click', () => {
      dir = key === k ? -dir : c.k === 'n' ? -1 : 1;
      key = k;
      apply();
      say('Sorted by ' + c.t + (dir > 0 ? ', rising' : ', falling'));
    });
    return th;
  });
  const more = el('button', { type: 'button', class: 'more' }, 'Show ' + BATCH + ' more');
  more.addEventListener('click', () => {
    shownRows += BATCH;
    rows();
  });
  const rest = el('p', { class: 'onpaper' });
  box.append(
    bar,
    rest,
    el(
      'div',
      { class: 'tw', tabindex: '0', role: 'region', 'aria-label': T.label },
      el(
        'table',
        {},
        el('caption', { class: 'sr' }, T.label),
        el('thead', {}, el('tr', {}, ...heads)),
        body,
      ),
    ),
    more,
  );
  function make(c, k, i) {
    const v = T.data[k][i],
      none = v === null || v === undefined || v === '';
    if (k === T.key) {
      const th = el('th', {
          scope: 'row',
          class: c.w ? 'wrap' : v !== null && v.length <= 32 ? 'short' : '',
        }),
        h = T.href && T.href[i];
      th.append(
        h && /^[a-z]+\/[a-z0-9-]+\.html$/.test(h)
          ? el('a', { href: h }, shown(v))
          : shown(none ? '–' : v),
      );
      const s = deep && q.value.toLowerCase().trim();
      if (s && !hay[i].includes(s)) {
        const f = deep[i].split('\n').filter(x => x.toLowerCase().includes(s));
        if (f.length)
          th.append(
            el('span', { class: 'found' }, shown(f[0]), f.length > 1 ? ' and ' + num(f.length - 1, 0) + ' more' : ''),
          );
      }
      return th;
    }
    const td = el('td');
    if (c.k === 'n') td.className = 'num';
    else if (c.w) td.className = c.w === 2 ? 'mid' : 'wrap';
    if (none) td.append('–');
    else if (c.k === 'n') td.append(num(v, c.d));
    else if (c.k === 't') {
      td.className = 'time';
      td.append(time(v).slice(0, 10));
      td.title = time(v) + ' UTC';
    } else td.append(c.b ? badge(v) : c.c ? plain(v, 80) : shown(v));
    return td;
  }
  function rows() {
    const f = document.createDocumentFragment();
    const some = window.coterieReady ? shownRows : Math.min(shownRows, FIRST);
    for (const i of view.slice(0, some)) {
      const tr = el('tr');
      cols.forEach((c, k) => tr.append(make(c, k, i)));
      f.append(tr);
    }
    body.replaceChildren(f);
    if (some < Math.min(shownRows, view.length) && !later.includes(rows)) later.push(rows);
    more.hidden = view.length <= shownRows;
    rest.textContent =
      num(Math.min(shownRows, view.length), 0) + ' of ' + num(n, 0) + ' rows are printed.';
    count.textContent = num(view.length, 0) + ' of ' + num(n, 0);
  }
  function apply() {
    const s = q.value.toLowerCase().trim(),
      chosen = Object.entries(picks).filter(([, e]) => e.value),
      d = T.data[key];
    view = [];
    if (s && id === 'clusters' && deep === null) {
      deep = false;
      searchNames().then(found => {
        if (!found) return;
        deep = found;
        deep.low = found.map(x => x.toLowerCase());
        apply();
      });
    }
    if (s && !hay)
      hay = Array.from({ length: n }, (_, i) =>
        T.data
          .map((x, k) => (cols[k].k === 't' ? '' : x[i]))
          .join('\u0001')
          .toLowerCase(),
      );
    for (let i = 0; i < n; i++)
      if (
        (!s || hay[i].includes(s) || (deep && deep.low[i].includes(s))) &&
        chosen.every(([k, e]) => String(T.data[k][i]) === e.value)
      )
        view.push(i);
    view.sort((a, b) => {
      const x = d[a],
        y = d[b];
      if (x === y) return a - b;
      if (x === null) return 1;
      if (y === null) return -1;
      return (x > y ? dir : -dir) || a - b;
    });
    heads.forEach((h, k) =>
      h.setAttribute('aria-sort', k === key ? (dir > 0 ? 'ascending' : 'descending') : 'none'),
    );
    shownRows = BATCH;
    rows();
    keep(id + '.q', q.value);
    for (const k in picks) keep(id + '.f' + k, picks[k].value);
    keep(id + '.s', key === k0 && dir === d0 ? null : key);
    keep(id + '.d', key === k0 && dir === d0 ? null : dir);
  }
  let timer = 0;
  q.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(apply, n > 2000 ? 120 : 0);
  });
  apply();
}
