// Draw everything; coterieReady says when the first screen and the tables stand, coterieDrawn when all
// does (tests and the benchmark wait for them).
const next = () => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(ok)));
if (D.evidence) evidence();
for (const id in D.tables) if ($('#' + id)) table(id, D.tables[id]);
if (D.stamps) {
  stamps();
  redraw.push(stamps);
}
const asked = { twin: () => table('twin', twin()), network };
all('details[data-open]').forEach(d =>
  d.addEventListener('toggle', () => {
    const f = asked[d.dataset.open];
    if (d.open && f) {
      asked[d.dataset.open] = null;
      f();
    }
  }),
);
all('.jump a').forEach(a =>
  a.addEventListener('click', e => {
    const h = document.getElementById(a.getAttribute('href').slice(1));
    if (!h) return;
    e.preventDefault();
    h.scrollIntoView();
    h.tabIndex = -1;
    h.focus({ preventScroll: true });
  }),
);
await figures();
await next();
window.coterieReady = performance.now();
later.splice(0).forEach(f => f());
await otherFigures();
await next();
window.coterieDrawn = performance.now();
