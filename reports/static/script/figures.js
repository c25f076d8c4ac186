// Stamps: the evidence picture of the strongest clusters, small.
function stamps() {
  all('canvas[data-stamp]').forEach(cv => {
    const i = +cv.dataset.stamp,
      S = D.stamps[i],
      cells = array('stamp' + i),
      g = cv.getContext('2d'),
      W = cv.width,
      H = cv.height,
      w = S.w + S.t,
      left = Math.round(W * 0.46),
      cols = Array(w).fill(rgb(css('--tick'))),
      small = el('canvas');
    for (const [a, b, family] of S.kinds) cols.fill(rgb(css('--f-' + family)), a, b);
    g.fillStyle = css('--bg');
    g.fillRect(0, 0, W, H);
    g.fillStyle = css('--line');
    g.fillRect(left + 4, 0, 1, H);
    if (!w || !S.h) return;
    small.width = w;
    small.height = S.h;
    const k = small.getContext('2d'),
      im = k.createImageData(w, S.h);
    for (let q = 0; q < w * S.h; q++)
      if (cells[q]) im.data.set([...cols[q % w], cells[q]], 4 * q);
    k.putImageData(im, 0, 0);
    g.imageSmoothingEnabled = false;
    if (S.w) g.drawImage(small, 0, 0, S.w, S.h, 0, 0, left, H);
    g.fillStyle = css('--bg');
    for (const [, b] of S.kinds) g.fillRect(Math.round((b * left) / S.w) - 1, 0, 1, H);
    g.drawImage(small, S.w, 0, S.t, S.h, left + 9, 0, W - left - 9, H);
  });
}

// Plotly: figures from JSON; "--name" becomes the colour of that name, "--name/59" a thin one.
const paintIn = x =>
  typeof x === 'string'
    ? x.startsWith('--')
      ? css(x.split('/')[0]) + (x.split('/')[1] || '')
      : x
    : Array.isArray(x)
      ? x.map(paintIn)
      : x && typeof x === 'object' && !ArrayBuffer.isView(x)
        ? Object.fromEntries(
            Object.entries(x).map(([k, v]) => [
              k,
              k === 'text' || k === 'customdata' || k === 'ticktext' ? v : paintIn(v),
            ]),
          )
        : x;
const drawn = new Map();
// Draw a figure into its box, and again when the colours change.
async function figure(b, F) {
  if (bundle) await bundle();
  if (!window.Plotly) {
    b.replaceChildren(
      'The folder assets/ is not beside this page: the figure cannot be drawn. The tables hold the same data.',
    );
    return;
  }
  const fresh = !drawn.has(b);
  drawn.set(b, F);
  const f = paintIn(F);
  if (root.classList.contains('paper')) f.layout.width = b.clientWidth;
  await Plotly.react(b, f.data, f.layout, {
    displayModeBar: false,
    responsive: true,
    doubleClick: 'reset',
  });
  if (root.classList.contains('paper')) return;
  if (b.clientWidth !== b._fullLayout.width) await Plotly.Plots.resize(b);
  if (fresh && b.id === 'fig-scatter' && D.tables.clusters)
    b.on('plotly_click', e => {
      const h = D.tables.clusters.href[e.points[0].customdata];
      if (h && /^[a-z]+\/[a-z0-9-]+\.html$/.test(h)) location.href = h;
    });
}
redraw.push(() => drawn.forEach((F, b) => figure(b, F)));
const boxes = all('[data-fig]').filter(b => D.figures[b.dataset.fig]);
// What is on the screen first; the rest when the reader comes near, or before it is printed.
async function figures() {
  const near = b => b.getBoundingClientRect().top < innerHeight && b.offsetParent;
  for (const b of boxes.filter(near)) await figure(b, D.figures[b.dataset.fig]);
}
async function otherFigures() {
  for (const b of boxes)
    if (!drawn.has(b)) {
      await new Promise(ok => (window.requestIdleCallback || setTimeout)(ok, { timeout: 200 }));
      await figure(b, D.figures[b.dataset.fig]);
    }
}
// Accounts and values as a network: accounts pulled to their values, all pushed apart, drawn when asked.
const MOST_DOTS = 500,
  MOST_SQUARES = 200;
function network() {
  const E = D.evidence,
    deg = array('degree'),
    COL = array('column'),
    M = D.tables.members.data,
    V = D.tables.values.data,
    at = new Uint32Array(E.n + 1);
  for (let i = 0; i < E.n; i++) at[i + 1] = at[i] + deg[i];
  const rows = [];
  const k = Math.min(E.n, MOST_DOTS);
  for (let i = 0; i < k; i++) rows.push(Math.floor((i * E.n) / k));
  const on = new Map();
  rows.forEach((r, i) => {
    for (let q = at[r]; q < at[r + 1]; q++) {
      if (!on.has(COL[q])) on.set(COL[q], []);
      on.get(COL[q]).push(i);
    }
  });
  const values = [...on.entries()]
      .filter(([, l]) => l.length > 1)
      .sort((a, b) => b[1].length - a[1].length || a[0] - b[0])
      .slice(0, MOST_SQUARES),
    n = rows.length,
    N = n + values.length,
    X = new Float64Array(N),
    Y = new Float64Array(N),
    ends = [];
  rows.forEach((_, i) => {
    const a = (2 * Math.PI * i) / n,
      r = i % 2 ? 1 : 0.8;
    X[i] = r * Math.cos(a);
    Y[i] = r * Math.sin(a);
  });
  values.forEach(([, l], j) => {
    let x = 0,
      y = 0;
    l.forEach(i => {
      x += X[i];
      y += Y[i];
      ends.push([i, n + j]);
    });
    X[n + j] = x / l.length + 0.01 * Math.cos(j);
    Y[n + j] = y / l.length + 0.01 * Math.sin(j);
  });
  const want = 1.1 / Math.sqrt(N),
    steps = N > 400 ? 60 : 110,
    dx = new Float64Array(N),
    dy = new Float64Array(N);
  for (let s = 0; s < steps; s++) {
    dx.fill(0);
    dy.fill(0);
    for (let a = 0; a < N; a++)
      for (let b = a + 1; b < N; b++) {
        const x = X[a] - X[b],
          y = Y[a] - Y[b],
          d = x * x + y * y + 1e-6,
          f = Math.min((want * want) / d, 40);
        dx[a] += x * f;
        dy[a] += y * f;
        dx[b] -= x * f;
        dy[b] -= y * f;
      }
    for (const [a, b] of ends) {
      const x = X[a] - X[b],
        y = Y[a] - Y[b],
        f = Math.sqrt(x * x + y * y) / want;
      dx[a] -= x * f;
      dy[a] -= y * f;
      dx[b] += x * f;
      dy[b] += y * f;
    }
    const most = 0.12 * (1 - s / steps) + 0.002;
    for (let a = 0; a < N; a++) {
      dx[a] -= 0.3 * X[a];
      dy[a] -= 0.3 * Y[a];
      const l = Math.hypot(dx[a], dy[a]) + 1e-9,
        m = Math.min(l * 0.02, most);
      X[a] += (dx[a] / l) * m;
      Y[a] += (dy[a] / l) * m;
    }
  }
  const kindAt = [];
  E.kinds.forEach((q, g) => {
    for (let i = 0; i < q.n; i++) kindAt.push(g);
  });
  const safe = s =>
    plain(s, 60).replace(/[\n\t]/g, ' ').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const colour = g => '--f-' + E.kinds[g].family,
    data = E.kinds.map((_, g) => {
      const x = [],
        y = [];
      for (const [a, b] of ends)
        if (kindAt[values[b - n][0]] === g) {
          x.push(X[a], X[b], null);
          y.push(Y[a], Y[b], null);
        }
      return {
        type: 'scatter',
        mode: 'lines',
        x,
        y,
        hoverinfo: 'skip',
        line: { color: colour(g), width: 0.7 },
        opacity: 0.45,
      };
    });
  const ROLE = { core: ['circle', 7], member: ['circle', 5], fringe: ['circle-open', 7] };
  data.push({
    type: 'scatter',
    mode: 'markers',
    x: [...X.slice(0, n)],
    y: [...Y.slice(0, n)],
    text: rows.map(r => safe(M[0][r]) + '<br>' + safe(M[1][r] || '')),
    hoverinfo: 'text',
    marker: {
      color: '--tick',
      symbol: rows.map(r => (ROLE[M[1][r]] || ROLE.member)[0]),
      size: rows.map(r => (ROLE[M[1][r]] || ROLE.member)[1]),
    },
  });
  data.push({
    type: 'scatter',
    mode: values.length <= 40 ? 'markers+text' : 'markers',
    x: [...X.slice(n)],
    y: [...Y.slice(n)],
    text: values.length <= 40 ? values.map(v => String(v[1].length)) : [],
    textposition: 'top center',
    textfont: { size: 11, color: '--ink' },
    hovertext: values.map(
      ([c, l]) =>
        safe(V[0][c]) + ' ' + safe(V[1][c]) + '<br>' + num(V[2][c], 0) + ' here, ' + num(V[3][c], 0) + ' in all',
    ),
    hoverinfo: 'text',
    marker: {
      symbol: 'square',
      size: values.map(v => 9 + Math.min(12, 1.6 * Math.sqrt(v[1].length))),
      color: values.map(v => colour(kindAt[v[0]])),
      line: { width: 1, color: '--bg' },
    },
  });
  const axis = { visible: false, fixedrange: false };
  $('#network-says').textContent =
    'Dots are accounts (open: fringe), squares are shared values with their number of accounts. A line means that the account has the value. Drawn: ' +
    num(n, 0) + ' of ' + num(E.of, 0) + ' accounts, ' + num(values.length, 0) + ' of ' + num(E.mof, 0) + ' values.';
  return figure($('#fig-network'), {
    data,
    layout: {
      height: 560,
      margin: { l: 8, r: 8, t: 8, b: 8 },
      showlegend: false,
      hovermode: 'closest',
      dragmode: 'pan',
      paper_bgcolor: '--bg',
      plot_bgcolor: '--bg',
      font: { family: 'system-ui, sans-serif', size: 13, color: '--ink' },
      hoverlabel: { bgcolor: '--ink', font: { color: '--bg' }, align: 'left' },
      xaxis: axis,
      yaxis: { ...axis, scaleanchor: 'x' },
    },
  });
}
