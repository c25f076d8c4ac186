// Evidence matrix and timeline: one order of rows for both; a density picture above one account a pixel.
function evidence() {
  const cv = $('#ev'),
    tip = $('#tip'),
    E = D.evidence,
    n = E.n,
    m = E.m,
    deg = array('degree'),
    COL = array('column'),
    FIRST = array('first'),
    LAST = array('last'),
    SIGN = array('signup'),
    base = el('canvas');
  const M = D.tables.members.data,
    V = D.tables.values.data,
    ids = M[0],
    roleOf = M[1],
    label = V[1],
    nIn = V[2],
    nAll = V[3];
  const at = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) at[i + 1] = at[i] + deg[i];
  const kindOf = new Uint8Array(m);
  {
    let j = 0;
    E.kinds.forEach((k, i) => {
      for (let q = 0; q < k.n; q++) kindOf[j++] = i;
    });
  }
  // Acts of row i: ACT[actAt[i]] … ; from times, or from one bit an hour.
  let ACT,
    actAt = new Uint32Array(n + 1),
    bits = array('bitmap');
  if (bits) {
    const w = n ? bits.length / n : 0,
      nb = Math.ceil((E.end - E.start) / E.step);
    let c = 0;
    for (let q = 0; q < bits.length; q++) {
      let b = bits[q];
      while (b) {
        c++;
        b &= b - 1;
      }
    }
    ACT = new Uint16Array(c);
    c = 0;
    for (let i = 0; i < n; i++) {
      for (let q = 0; q < w; q++) {
        const b = bits[i * w + q];
        if (b)
          for (let z = 0; z < 8; z++)
            if (b & (128 >> z)) ACT[c++] = Math.min(65534, ((q * 8 + z + 0.5) / nb) * 65534);
      }
      actAt[i + 1] = c;
    }
    bits = null;
  } else {
    ACT = array('act');
    const d = array('acts');
    for (let i = 0; i < n; i++) actAt[i + 1] = actAt[i] + d[i];
  }
  const span = E.end - E.start,
    when = u => time(E.start + (u / 65534) * span);
  let r0 = 0,
    r1 = n,
    row = -1,
    col = -1,
    pinRow = -1,
    pinCol = -1,
    lit = null,
    L = {};
  const colRows = j => {
    const o = [];
    for (let i = 0; i < n; i++)
      for (let q = at[i]; q < at[i + 1]; q++)
        if (COL[q] === j) {
          o.push(i);
          break;
        }
    return o;
  };
  function pin(r, c) {
    pinRow = r;
    pinCol = c;
    lit = null;
    if (c >= 0) {
      lit = new Uint8Array(n);
      colRows(c).forEach(i => {
        lit[i] = 1;
      });
    } else if (r >= 0) {
      lit = new Uint8Array(n);
      const has = new Uint8Array(m);
      for (let q = at[r]; q < at[r + 1]; q++) has[COL[q]] = 1;
      for (let i = 0; i < n; i++)
        for (let q = at[i]; q < at[i + 1]; q++)
          if (has[COL[q]]) {
            lit[i] = 1;
            break;
          }
      lit[r] = 1;
    }
    keep('row', r < 0 ? null : r + 1);
    keep('col', c < 0 ? null : c + 1);
    paint();
    if (c >= 0)
      say(
        'Pinned ' +
          E.kinds[kindOf[c]].name +
          ' ' +
          plain(label[c], 80) +
          ': ' +
          num(
            lit.reduce((a, b) => a + b, 0),
            0,
          ) +
          ' accounts have it',
      );
    else if (r >= 0)
      say(
        'Pinned ' +
          plain(ids[r], 80) +
          ': ' +
          num(lit.reduce((a, b) => a + b, 0) - 1, 0) +
          ' others share a value with it',
      );
  }
  function layout() {
    const W = cv.clientWidth,
      H = cv.clientHeight,
      strip = 18,
      gap = 8,
      G = E.kinds.length,
      most = (E.timed ? 0.47 : 1) * W - strip - gap * Math.max(0, G - 1),
      min = Math.min(72, most / Math.max(1, G));
    let free = most,
      left = m;
    const wide = E.kinds.map(() => 0),
      open = new Set(E.kinds.keys());
    for (let again = true; again && left;) {
      again = false;
      for (const g of open)
        if ((free * E.kinds[g].n) / left < min) {
          wide[g] = min;
          free -= min;
          left -= E.kinds[g].n;
          open.delete(g);
          again = true;
          break;
        }
    }
    for (const g of open)
      wide[g] = Math.max(
        min,
        Math.min((free * E.kinds[g].n) / Math.max(1, left), E.kinds[g].n * 36),
      );
    const X = new Float32Array(m),
      groups = [];
    let x = strip,
      j = 0;
    E.kinds.forEach((k, g) => {
      const cw = wide[g] / k.n;
      groups.push({ x, w: wide[g], cw });
      for (let q = 0; q < k.n; q++) X[j++] = x + q * cw;
      x += wide[g] + gap;
    });
    const tx = G ? Math.round(x - gap + 24) : 130,
      top = 100,
      hh = H - top - 24;
    L = {
      W,
      H,
      strip,
      X,
      groups,
      mw: x - gap,
      tx,
      tw: Math.max(10, W - tx - 6),
      top,
      hh,
      rn: Math.max(1, r1 - r0),
      rh: hh / Math.max(1, r1 - r0),
    };
  }
  // Densities as an image of one pixel a cell, stretched to its place: one call instead of thousands.
  function picture(g, cells, w, h, which, colours, per, x, y, tw, th) {
    if (!w || !h) return;
    const c = el('canvas');
    c.width = w;
    c.height = h;
    const k = c.getContext('2d'),
      im = k.createImageData(w, h),
      d = im.data;
    for (let q = 0, o = 0; q < w * h; q++, o += 4) {
      const v = cells[q];
      if (v) {
        const p = colours[which ? which[q % w] : 0];
        d[o] = p[0];
        d[o + 1] = p[1];
        d[o + 2] = p[2];
        d[o + 3] =
          255 *
          (per <= 1
            ? Math.min(1, v)
            : Math.min(1, (v < 1 ? v : 1) * (0.3 + 0.7 * Math.sqrt(v / per))));
      }
    }
    k.putImageData(im, 0, 0);
    g.imageSmoothingEnabled = false;
    g.drawImage(c, x, y, tw, th);
  }
  const fit = (g, s, w) => {
    if (g.measureText(s).width <= w) return s;
    while (s.length > 1 && g.measureText(s + '…').width > w) s = s.slice(0, -1);
    return s + '…';
  };
  function paint() {
    layout();
    const R = devicePixelRatio || 1,
      { W, H, X, groups, tx, tw, top, hh, rn, rh } = L;
    base.width = cv.width = Math.round(W * R);
    base.height = cv.height = Math.round(H * R);
    const g = base.getContext('2d');
    g.scale(R, R);
    const ink = css('--ink'),
      mute = css('--mute'),
      panel = css('--panel'),
      line = css('--line'),
      tick = css('--tick'),
      C = E.kinds.map(k => css('--f-' + k.family));
    g.fillStyle = css('--bg');
    g.fillRect(0, 0, W, H);
    const bins = Math.max(1, Math.min(rn, Math.floor(hh))),
      bh = hh / bins,
      per = rn / bins,
      bin = i => Math.min(bins - 1, (((i - r0) * bins) / rn) | 0),
      thick = Math.max(1, bh - (bh > 3 ? Math.min(1, bh * 0.15) : 0)),
      weight = i => (lit && !lit[i] ? 0.14 : 1);
    // columns: kind, bar of accounts, cells
    g.textAlign = 'left';
    const peak = Math.sqrt(nIn.reduce((a, b) => Math.max(a, b), 1));
    E.kinds.forEach((k, q) => {
      const { x, w } = groups[q];
      g.fillStyle = C[q];
      g.font = '600 12px system-ui,"DejaVu Sans",sans-serif';
      g.fillText(fit(g, plain(k.name, 40), w + 4), x, 13);
      g.font = '11px system-ui,"DejaVu Sans",sans-serif';
      g.fillStyle = mute;
      g.fillText(num(k.n, 0), x, 27);
      g.globalAlpha = 0.07;
      g.fillStyle = C[q];
      g.fillRect(x, top, w, hh);
      g.globalAlpha = 1;
    });
    for (let j = 0; j < m; j++) {
      const { cw } = groups[kindOf[j]],
        h = Math.max(1, (Math.sqrt(nIn[j]) / peak) * 62);
      g.fillStyle = C[kindOf[j]];
      g.globalAlpha = pinCol >= 0 && pinCol !== j ? 0.3 : 1;
      g.fillRect(X[j] + (cw > 4 ? 0.5 : 0), top - 5 - h, Math.max(0.8, cw - (cw > 4 ? 1 : 0)), h);
    }
    g.globalAlpha = 1;
    const dense = m > 700 || per > 1,
      px = Math.ceil(L.mw) + 1,
      wide = dense ? px : m,
      grid = new Float32Array(bins * Math.max(1, wide)),
      X0 = Uint16Array.from(X),
      X1 = Uint16Array.from(X, (x, j) => Math.max(x + 1, x + groups[kindOf[j]].cw - 0.5));
    for (let i = r0; i < r1; i++) {
      const w = weight(i),
        o = bin(i) * wide;
      for (let q = at[i]; q < at[i + 1]; q++) {
        const j = COL[q];
        if (dense) for (let x = X0[j]; x < X1[j]; x++) grid[o + x] += w;
        else grid[o + j] += w;
      }
    }
    if (dense) {
      const kx = new Uint8Array(px);
      for (let j = 0; j < m; j++) kx.fill(kindOf[j], X0[j], X1[j]);
      picture(g, grid, px, bins, kx, C.map(rgb), per, 0, top, px, hh);
    } else
      for (let j = 0; j < m; j++) {
        const { cw } = groups[kindOf[j]];
        g.fillStyle = C[kindOf[j]];
        for (let y = 0; y < bins; y++) {
          const v = grid[y * m + j];
          if (v) {
            g.globalAlpha = Math.min(1, v);
            g.fillRect(
              X[j] + (cw > 4 ? 0.5 : 0),
              top + y * bh,
              Math.max(1, cw - (cw > 4 ? 1 : 0)),
              thick,
            );
          }
        }
      }
    g.globalAlpha = 1;
    // roles: a strip at the left, a line where they change
    let edge = 0;
    ['core', 'member', 'fringe'].forEach((name, q) => {
      const a = edge,
        b = (edge += E.roles[q]),
        y0 = top + Math.max(0, a - r0) * rh,
        y1 = top + Math.min(rn, b - r0) * rh;
      if (y1 <= y0 || b <= r0 || a >= r1) return;
      g.fillStyle = [ink, mute, line][q];
      g.fillRect(0, y0, 5, y1 - y0 - (q < 2 ? 0.5 : 0));
      if (a > r0) {
        g.strokeStyle = mute;
        g.setLineDash([3, 3]);
        g.beginPath();
        g.moveTo(0, Math.round(y0) + 0.5);
        g.lineTo(W, Math.round(y0) + 0.5);
        g.stroke();
        g.setLineDash([]);
      }
      if (y1 - y0 > 26) {
        g.save();
        g.translate(11, (y0 + y1) / 2);
        g.rotate(-Math.PI / 2);
        g.font = '11px system-ui,"DejaVu Sans",sans-serif';
        g.fillStyle = mute;
        g.textAlign = 'center';
        g.textBaseline = 'middle';
        if (g.measureText(name).width < y1 - y0) g.fillText(name, 0, 0);
        g.restore();
      }
    });
    if (E.timed) {
      const days = span / 86400,
        px1 = Math.floor(tw),
        shade = days <= 45 ? 1 : days <= 200 ? 7 : 30;
      for (let d = shade; d < days; d += 2 * shade) {
        g.fillStyle = panel;
        g.fillRect(tx + (d / days) * tw, top, (Math.min(shade, days - d) / days) * tw, hh);
      }
      const dens = new Float32Array(bins * px1),
        hist = new Uint32Array(px1);
      for (let i = 0; i < n; i++) {
        const inside = i >= r0 && i < r1,
          w = weight(i),
          o = inside ? bin(i) * px1 : 0;
        if (lit && !lit[i] && !inside) continue;
        for (let q = actAt[i]; q < actAt[i + 1]; q++) {
          const x = ((ACT[q] * px1) / 65535) | 0;
          if (w === 1) hist[x]++;
          if (inside) dens[o + x] += w;
        }
      }
      picture(g, dens, px1, bins, null, [rgb(tick)], per, tx, top, px1, hh);
      let hm = 1;
      for (const v of hist) hm = Math.max(hm, v);
      g.fillStyle = tick;
      for (let x = 0; x < px1; x++)
        if (hist[x]) {
          const h = Math.max(1, Math.sqrt(hist[x] / hm) * 62);
          g.fillRect(tx + x, top - 5 - h, 1, h);
        }
      const sign = css('--f-payment'),
        drawn = new Uint8Array(bins * (px1 + 1));
      g.fillStyle = sign;
      for (let i = r0; i < r1; i++)
        if (SIGN[i] !== 65535) {
          const spot = bin(i) * (px1 + 1) + (((SIGN[i] / 65534) * px1) | 0);
          if (per > 1 && drawn[spot]) continue;
          drawn[spot] = 1;
          const early = SIGN[i] === 0,
            x = tx + (SIGN[i] / 65534) * tw,
            y = top + (i - r0 + 0.5) * rh,
            s = Math.max(0.6, Math.min(3.2, rh / 2)),
            w = early ? 1.2 : Math.max(2, s);
          g.globalAlpha = weight(i) * (early ? 0.6 : 1);
          g.fillRect(x - w, y - s, 2 * w, 2 * s);
        }
      g.globalAlpha = 1;
      g.font = '600 12px system-ui,"DejaVu Sans",sans-serif';
      g.fillStyle = ink;
      g.textAlign = 'left';
      const head = fit(g, 'Activity (UTC)', tw),
        hw = g.measureText(head).width;
      g.fillText(head, tx, 13);
      g.fillStyle = sign;
      g.fillRect(tx + hw + 14, 6, 7, 7);
      g.font = '12px system-ui,"DejaVu Sans",sans-serif';
      g.fillText(
        fit(g, 'sign-up, at the left edge when earlier', tw - hw - 30),
        tx + hw + 26,
        13,
      );
      const step =
        [1, 2, 7, 14, 30, 61, 91, 182, 365, 730, 1461].find(s => (tw / days) * s > 74) || 3650;
      g.fillStyle = mute;
      g.font = '12px system-ui,"DejaVu Sans",sans-serif';
      for (let d = 0; d < days; d += step) {
        const x = tx + (d / days) * tw,
          t = new Date((E.start + d * 86400) * 1000),
          s =
            days > 300
              ? t.toISOString().slice(0, 7)
              : t.getUTCDate() + ' ' + MONTHS[t.getUTCMonth()];
        if (x + g.measureText(s).width < W) {
          g.fillRect(x, top + hh, 1, 5);
          g.fillText(s, x + 3, H - 7);
        }
      }
    }
    g.font = '12px system-ui,"DejaVu Sans",sans-serif';
    g.fillStyle = mute;
    g.textAlign = 'left';
    g.fillText(
      fit(
        g,
        'accounts ' + num(Math.min(r0 + 1, n), 0) + '–' + num(r1, 0) + ' of ' + num(n, 0),
        Math.max(150, L.mw),
      ),
      L.strip,
      H - 7,
    );
    over();
  }
  function over() {
    const g = cv.getContext('2d'),
      R = devicePixelRatio || 1,
      { W, top, hh, rh, X, groups, strip } = L;
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.drawImage(base, 0, 0);
    g.scale(R, R);
    g.strokeStyle = css('--acc');
    const mark = (r, lw) => {
        if (r >= r0 && r < r1) {
          g.lineWidth = lw;
          g.strokeRect(strip - 4, top + (r - r0) * rh - 1, W - strip - 1, Math.max(3, rh + 2));
        }
      },
      post = (c, lw) => {
        if (c >= 0) {
          g.lineWidth = lw;
          const cw = Math.max(3, groups[kindOf[c]].cw);
          g.strokeRect(X[c] - 1, top - 70, cw + 2, hh + 70);
        }
      };
    mark(pinRow, 2.5);
    post(pinCol, 2.5);
    if (row !== pinRow) mark(row, 1.5);
    if (col !== pinCol) post(col, 1);
  }
  const dates = q =>
    FIRST[q] === 65535
      ? ''
      : ', ' +
        when(FIRST[q]).slice(0, 10) +
        (LAST && LAST[q] !== 65535 && when(LAST[q]).slice(0, 10) !== when(FIRST[q]).slice(0, 10)
          ? ' to ' + when(LAST[q]).slice(0, 10)
          : '');
  const value = j =>
    E.kinds[kindOf[j]].name +
    ' ' +
    plain(label[j], 80) +
    ' · ' +
    num(nIn[j], 0) +
    ' here, ' +
    num(nAll[j], 0) +
    ' in all';
  function text(r, c) {
    if (r < 0) return value(c);
    const o = [
      plain(ids[r], 80) +
        ' · ' +
        plain(roleOf[r], 20) +
        (M[2][r] === null ? '' : ' · score ' + num(M[2][r], 2)),
    ];
    if (c >= 0) {
      let has = -1;
      for (let q = at[r]; q < at[r + 1]; q++) if (COL[q] === c) has = q;
      o.push(value(c), has < 0 ? 'not this account' : 'this account has it' + dates(has));
      return o.join('\n');
    }
    for (let q = at[r]; q < at[r + 1] && q < at[r] + 10; q++) o.push(value(COL[q]) + dates(q));
    if (deg[r] > 10) o.push('and ' + num(deg[r] - 10, 0) + ' more');
    if (!deg[r]) o.push('no shared value');
    if (SIGN[r] !== 65535)
      o.push('signed up ' + (SIGN[r] ? when(SIGN[r]) : 'on or before ' + when(0).slice(0, 10)));
    return o.join('\n');
  }
  function show(x, y, s) {
    tip.hidden = false;
    tip.textContent = s;
    const b = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - b.width - 8)) + 'px';
    tip.style.top =
      (y + 18 + b.height > innerHeight ? Math.max(4, y - b.height - 10) : y + 18) + 'px';
  }
  function find(e) {
    const b = cv.getBoundingClientRect(),
      x = e.clientX - b.left,
      y = e.clientY - b.top - L.top,
      r = y < 0 || y >= L.hh || !n ? -1 : Math.min(n - 1, r0 + Math.floor(y / L.rh));
    let c = -1;
    L.groups.forEach((p, g) => {
      if (x >= p.x && x < p.x + p.w && y > -74 && y < L.hh) {
        let j = 0;
        for (let q = 0; q < g; q++) j += E.kinds[q].n;
        c = j + Math.min(E.kinds[g].n - 1, Math.floor((x - p.x) / p.cw));
      }
    });
    return { r, c, t: E.timed && x >= L.tx && x <= L.tx + L.tw ? (x - L.tx) / L.tw : -1 };
  }
  let frame = 0,
    last = null,
    drag = null;
  cv.addEventListener('pointermove', e => {
    last = e;
    if (!frame)
      frame = requestAnimationFrame(() => {
        frame = 0;
        if (drag && last.pointerType === 'mouse') {
          const d = Math.round((drag.y - last.clientY) / L.rh);
          if (Math.abs(drag.y - last.clientY) > 4) {
            drag.moved = true;
            const w = r1 - r0;
            r0 = Math.max(0, Math.min(n - w, drag.r0 + d));
            r1 = r0 + w;
            paint();
          }
          return;
        }
        const f = find(last);
        row = f.r;
        col = f.c;
        over();
        if (f.r < 0 && f.c < 0) {
          tip.hidden = true;
          return;
        }
        let s = text(f.r, f.c);
        if (f.t >= 0) {
          s += '\nunder the pointer: ' + time(E.start + f.t * span);
        }
        show(last.clientX, last.clientY, s);
      });
  });
  cv.addEventListener('pointerleave', e => {
    if (e.pointerType !== 'mouse') return; // a finger leaves as it lifts; what it named stays
    tip.hidden = true;
    row = col = -1;
    drag = null;
    over();
  });
  cv.addEventListener('pointerdown', e => {
    drag = { y: e.clientY, r0, moved: false };
  });
  cv.addEventListener('pointerup', e => {
    const d = drag;
    drag = null;
    if (d && d.moved) return;
    const f = find(e);
    if (f.r < 0 && f.c < 0) return pin(-1, -1);
    const y = e.clientY - cv.getBoundingClientRect().top;
    if (f.c >= 0 && (y < L.top || f.r < 0)) pin(-1, pinCol === f.c ? -1 : f.c);
    else pin(pinRow === f.r ? -1 : f.r, -1);
    if (e.pointerType !== 'mouse') show(e.clientX, e.clientY, text(f.r, f.c));
  });
  function zoom(f, c) {
    const w = Math.max(Math.min(12, n), Math.min(n, Math.round((r1 - r0) * f)));
    r0 = Math.max(0, Math.min(n - w, Math.round(c - (w * (c - r0)) / Math.max(1, r1 - r0))));
    r1 = r0 + w;
    keep('z', w === n ? null : r0 + 1 + '-' + r1);
    paint();
  }
  cv.addEventListener(
    'wheel',
    e => {
      if (!e.ctrlKey) return;
      e.preventDefault();
      const f = find(e);
      zoom(e.deltaY < 0 ? 0.8 : 1.25, f.r < 0 ? (r0 + r1) / 2 : f.r);
    },
    { passive: false },
  );
  const middle = () => (row >= 0 ? row : (r0 + r1) / 2),
    acts = {
      in: () => zoom(0.6, middle()),
      out: () => zoom(1.67, middle()),
      all: () => {
        r0 = 0;
        r1 = n;
        keep('z', null);
        paint();
      },
      clear: () => pin(-1, -1),
    };
  all('[data-ev]').forEach(b => b.addEventListener('click', () => acts[b.dataset.ev]()));
  cv.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const k = e.key,
      step = e.shiftKey ? 10 : 1,
      go = (r, c) => {
        row = r;
        col = c;
        if (row >= 0 && row < r0) {
          r1 -= r0 - row;
          r0 = row;
          paint();
        } else if (row >= r1) {
          r0 += row + 1 - r1;
          r1 = row + 1;
          paint();
        } else over();
        const b = cv.getBoundingClientRect(),
          s = text(row, col);
        show(
          b.left + (col >= 0 ? L.X[col] : L.mw),
          b.top + (row >= 0 ? L.top + (row - r0) * L.rh : 60),
          s,
        );
        say(s);
      };
    if (k === 'ArrowDown' && n) go(Math.min(n - 1, row + step), col);
    else if (k === 'ArrowUp' && n) go(Math.max(0, row - step), col);
    else if (k === 'ArrowRight' && m) go(row, Math.min(m - 1, col + step));
    else if (k === 'ArrowLeft' && m) go(row, col - step < 0 ? (row < 0 ? 0 : -1) : col - step);
    else if (k === '+' || k === '=') acts.in();
    else if (k === '-') acts.out();
    else if (k === '0') acts.all();
    else if (k === 'c' && row >= 0) copy([ids[row]]);
    else if (k === 'Enter' && (row >= 0 || col >= 0))
      col >= 0 ? pin(-1, pinCol === col ? -1 : col) : pin(pinRow === row ? -1 : row, -1);
    else if (k === 'Escape') {
      tip.hidden = true;
      row = col = -1;
      pin(-1, -1);
      say('Nothing is marked');
    } else return;
    e.preventDefault();
  });
  cv.addEventListener('blur', () => {
    tip.hidden = true;
  });
  const z = /^(\d+)-(\d+)$/.exec(read('z') || '');
  if (z && +z[1] >= 1 && +z[1] < +z[2] && +z[2] <= n) {
    r0 = z[1] - 1;
    r1 = +z[2];
  }
  const pr = +read('row') - 1,
    pc = +read('col') - 1;
  redraw.push(paint);
  new ResizeObserver(() => {
    if (cv.clientWidth !== L.W || cv.clientHeight !== L.H) paint();
  }).observe(cv);
  if (pr >= 0 && pr < n) pin(pr, -1);
  else if (pc >= 0 && pc < m) pin(-1, pc);
  else paint();
}
// The picture as a table, in its order of rows; made when it is opened.
function twin() {
  const E = D.evidence,
    n = E.n,
    deg = array('degree'),
    COL = array('column'),
    sign = D.tables.members.data[D.tables.members.cols.findIndex(c => c.t === 'Signed up')],
    M = D.tables.members.data,
    V = D.tables.values.data,
    span = E.end - E.start,
    at = u => (u === 65535 ? null : E.start + Math.round((u / 65534) * span)),
    place = [],
    shared = [],
    first = [],
    last = [],
    count = [];
  const acts = array('acts'),
    ACT = array('act'),
    bits = array('bitmap'),
    w = bits && n ? bits.length / n : 0;
  let q = 0,
    a = 0;
  for (let i = 0; i < n; i++) {
    const has = [];
    for (const end = q + deg[i]; q < end; q++) has.push(V[0][COL[q]] + ' ' + cut(String(V[1][COL[q]]), 60));
    place.push(i + 1);
    shared.push(has.join(', '));
    let f = null,
      l = null,
      c = 0;
    if (bits)
      for (let k = 0; k < w * 8; k++) {
        if (bits[i * w + (k >> 3)] & (128 >> (k & 7))) {
          c++;
          l = E.start + k * E.step;
          if (f === null) f = l;
        }
      }
    else {
      c = acts[i];
      if (c) {
        f = at(ACT[a]);
        l = at(ACT[a + c - 1]);
      }
      a += c;
    }
    first.push(f);
    last.push(l);
    count.push(c);
  }
  const col = (t, k, more) => ({ t, k, d: 0, c: 0, w: 0, b: 0, ...more });
  return {
    label: 'The picture as a table',
    csv: 'picture.csv',
    key: 1,
    sort: [0, 1],
    href: null,
    cols: [
      col('Row', 'n'),
      col('Account', 's'),
      col('Role', 's', { c: 1, b: 1 }),
      col('Shared values', 's', { w: 1 }),
      col('Signed up', 't'),
      col('First act', 't'),
      col('Last act', 't'),
      col(bits ? 'Active steps' : 'Acts', 'n'),
    ],
    data: [place, M[0].slice(0, n), M[1].slice(0, n), shared, sign.slice(0, n), first, last, count],
  };
}
