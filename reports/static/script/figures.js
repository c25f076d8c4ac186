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
      line = css('--line');
    g.fillStyle = css('--bg');
    g.fillRect(0, 0, W, H);
    const paint = (x0, x1, from, to, colour) => {
      g.fillStyle = colour;
      for (let y = 0; y < S.h; y++)
        for (let x = from; x < to; x++) {
          const v = cells[y * w + x];
          if (v) {
            g.globalAlpha = v / 255;
            const a = x0 + ((x - from) * (x1 - x0)) / (to - from),
              b = x0 + ((x + 1 - from) * (x1 - x0)) / (to - from);
            g.fillRect(a, (y * H) / S.h, b - a, H / S.h);
          }
        }
      g.globalAlpha = 1;
    };
    for (const [a, b, family] of S.kinds)
      if (b > a)
        paint(
          (a * left) / Math.max(1, S.w),
          (b * left) / Math.max(1, S.w) - 1,
          a,
          b,
          css('--f-' + family),
        );
    g.fillStyle = line;
    g.fillRect(left + 4, 0, 1, H);
    paint(left + 9, W, S.w, w, css('--tick'));
  });
}

// Plotly: figures from JSON; "--name" becomes the colour of that name.
const paintIn = x =>
  typeof x === 'string'
    ? x.startsWith('--')
      ? css(x)
      : x
    : Array.isArray(x)
      ? x.map(paintIn)
      : x && typeof x === 'object'
        ? Object.fromEntries(
            Object.entries(x).map(([k, v]) => [
              k,
              k === 'text' || k === 'customdata' || k === 'ticktext' ? v : paintIn(v),
            ]),
          )
        : x;
async function figures() {
  const boxes = all('[data-fig]').filter(b => D.figures[b.dataset.fig]);
  if (!boxes.length) return;
  await bundle;
  if (!window.Plotly) {
    boxes.forEach(b =>
      b.replaceChildren(
        'The folder assets/ is not beside this page: the figure cannot be drawn. The tables hold the same data.',
      ),
    );
    return;
  }
  const draw = b => {
    const F = D.figures[b.dataset.fig],
      f = paintIn(F);
    return Plotly.react(b, f.data, f.layout, {
      displayModeBar: false,
      responsive: true,
      doubleClick: 'reset',
    });
  };
  await Promise.all(boxes.map(draw));
  redraw.push(() => boxes.forEach(draw));
  const s = $('#fig-scatter'),
    T = D.tables && D.tables.clusters;
  if (s && T && s.on)
    s.on('plotly_click', e => {
      const h = T.href[e.points[0].customdata];
      if (h && /^[a-z]+\/[a-z0-9-]+\.html$/.test(h)) location.href = h;
    });
}
