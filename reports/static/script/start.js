// Draw everything; coterieReady says when (tests and the benchmark wait for it).
if (D.evidence) evidence();
for (const id in D.tables) if ($('#' + id)) table(id, D.tables[id]);
if (D.stamps) {
  stamps();
  redraw.push(stamps);
}
await figures();
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    window.coterieReady = performance.now();
  }),
);
