/// The look of a page, for light and dark, wide and narrow.
enum PageStyle {
    /// Blue, orange, green, purple, red and olive stay apart for most colour-blind people; every use has a second sign besides
    /// (line style, text, place).
    static let sheet: StaticString = """
        :root { color-scheme: light dark; --ground: #f6f7f8; --panel: #fff; --ink: #1b2026; --soft: #56606b;
          --line: #d9dee4; --one: #0068a8; --two: #b84a08; --three: #00775a; --four: #84399c; --five: #b3195a; --six: #6a6100;
          --one-rgb: 0 104 168; --two-rgb: 205 90 20; --most: 0.68; --focus: #0068a8; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #121518; --panel: #1b1f24; --ink: #e9ecef; --soft: #a7b0ba; --line: #363d45;
            --one: #6cbcf5; --two: #ffa063; --three: #55d3a6; --four: #d6a2ec; --five: #ff8fb3; --six: #d5cb58;
            --one-rgb: 84 170 235; --two-rgb: 235 140 75; --most: 0.46; --focus: #ffd166; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
        header { padding-top: 32px; }
        footer { padding-top: 8px; padding-bottom: 40px; color: var(--soft); font-size: 14px; }
        h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
        h2 { font-size: 20px; line-height: 1.3; margin: 0 0 4px; }
        h3 { font-size: 16px; margin: 0 0 4px; }
        p { margin: 0 0 12px; max-width: 75ch; }
        p, li, dd, summary { overflow-wrap: anywhere; }
        .word { white-space: nowrap; }
        .soft { color: var(--soft); }
        .sub { color: var(--soft); }
        section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 20px;
          margin: 16px 0; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; padding: 0;
          margin: 16px 0; list-style: none; }
        .tiles li { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
        .tiles b { display: block; white-space: nowrap; font-size: 30px; line-height: 1.15; font-variant-numeric: tabular-nums; }
        .tiles span { color: var(--soft); font-size: 14px; }
        .tiles .main { border-color: var(--one); border-left-width: 5px; }
        ol.advice { margin: 8px 0 0; padding-left: 24px; }
        ol.advice li { margin: 0 0 10px; max-width: 75ch; padding-left: 4px; }
        .notice { border-left: 5px solid var(--two); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 24px; }
        .pair > figure { min-width: 0; }
        figure { margin: 0; }
        figcaption { font-size: 15px; margin: 6px 0 0; overflow-wrap: anywhere; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font-size: 13px; font-family: inherit; }
        svg .label { fill: var(--ink); }
        .grid { stroke: var(--line); stroke-width: 1; }
        .axis { stroke: var(--soft); stroke-width: 1; }
        .series { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
        .s1 { stroke: var(--one); } .s2 { stroke: var(--two); stroke-dasharray: 8 4; }
        .s3 { stroke: var(--three); stroke-dasharray: 2 4; stroke-linecap: round; }
        .s4 { stroke: var(--four); stroke-dasharray: 12 4 2 4; }
        .s5 { stroke: var(--five); stroke-dasharray: 20 4; } .s6 { stroke: var(--six); stroke-dasharray: 8 3 2 3 2 3; }
        .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
        .column { fill: var(--one); } .frame { fill: none; stroke: var(--line); stroke-width: 1;
          vector-effect: non-scaling-stroke; }
        .heat { fill: rgb(var(--one-rgb) / calc(var(--v) * 0.94 + 0.06)); }
        .anchor { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
        svg.map { max-width: 340px; margin: 0 auto; }
        .dot { fill: var(--panel); stroke: var(--ink); stroke-width: 2; }
        ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0; margin: 6px 0;
          font-size: 14px; }
        ul.legend li { display: flex; align-items: center; gap: 8px; }
        ul.legend svg { width: 34px; height: 12px; flex: none; }
        .scroll { overflow-x: auto; max-width: 100%; }
        .tall { max-height: 640px; overflow-y: auto; }
        .tall thead th { position: sticky; top: 0; background: var(--panel); }
        table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; }
        table.wide { width: 100%; }
        caption { text-align: left; color: var(--soft); padding-bottom: 8px; }
        th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; padding-left: 4px; }
        table + p, .scroll + p, .scroll + details { margin-top: 12px; }
        td.gauge { text-align: left; width: 20%; }
        th small { display: block; font-weight: 400; font-size: 13px; color: var(--soft); white-space: normal; }
        th[scope=row] { font-weight: 500; max-width: 16em; min-width: 5em; overflow: hidden; text-overflow: ellipsis; }
        thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
        td.text, th.text { text-align: left; white-space: normal; min-width: 16em; }
        thead button { font: inherit; color: inherit; background: none; border: 0; padding: 2px; margin: -2px;
          cursor: pointer; text-align: inherit; }
        thead button::after { content: " \\2195"; opacity: 0.5; }
        th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1; }
        th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1; }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
        .bar { display: inline-block; vertical-align: middle; width: 120px; height: 12px; border-radius: 3px;
          background: linear-gradient(var(--one), var(--one)) no-repeat 0 0 / calc(var(--v) * 100%) 100%, var(--line); }
        .bar.cost { background: linear-gradient(var(--two), var(--two)) no-repeat 0 0 / calc(var(--v) * 100%) 100%,
          var(--line); }
        .matrix td { min-width: 2.6em; padding: 6px; text-align: right; border: 1px solid var(--panel);
          background: rgb(var(--two-rgb) / calc(var(--v) * var(--most) + 0.04)); }
        .matrix td.same { background: rgb(var(--one-rgb) / calc(var(--v) * var(--most) + 0.04)); }
        .matrix td.none { background: none; color: var(--soft); }
        .matrix thead th { text-align: right; }
        .matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 11em;
          overflow: hidden; text-overflow: ellipsis; }
        .multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 16px;
          margin-top: 12px; }
        .multiples > figure { min-width: 0; }
        .multiples svg text { font-size: 17px; }
        .multiples figcaption { font-size: 14px; margin-top: 2px; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 20px;
          margin-top: 12px; }
        .gallery > figure { min-width: 0; }
        .photo { background: #24282d; border-radius: 6px; overflow: hidden; }
        .photo svg { max-height: 460px; }
        .photo rect { fill: none; vector-effect: non-scaling-stroke; }
        .halo { stroke: #000; stroke-opacity: 0.55; stroke-width: 5; }
        .right { stroke: #5cc8ff; stroke-width: 2; }
        .wrong { stroke: #ffa23a; stroke-width: 2.5; stroke-dasharray: 9 5; }
        .missed { stroke: #ff6be6; stroke-width: 3; stroke-dasharray: 0.1 6; stroke-linecap: round; }
        .photo text { fill: #fff; stroke: #000; stroke-width: 0.22em; stroke-opacity: 0.75; paint-order: stroke;
          font-weight: 600; }
        .photo .right-label { fill: #8fdcff; } .photo .wrong-label { fill: #ffc27a; } .photo .missed-label { fill: #ffa3ef; }
        .swatch { background: #24282d; border-radius: 3px; }
        details { margin-top: 10px; }
        summary { cursor: pointer; color: var(--one); width: fit-content; }
        details > ul, details > dl { margin: 8px 0; padding-left: 20px; font-size: 15px; }
        dt { font-weight: 600; } dd { margin: 0 0 8px; max-width: 75ch; }
        @media (max-width: 560px) {
          body { font-size: 15px; } main, header, footer { padding-left: 12px; padding-right: 12px; }
          section { padding: 14px; } .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px; }
          .tiles b { font-size: 25px; } .tiles li { padding: 10px 12px; } h1 { font-size: 23px; }
          .bar { width: 64px; } th[scope=row] { max-width: 9em; white-space: normal; }
          .scroll td:first-child { max-width: 11em; min-width: 6em; white-space: normal; overflow-wrap: anywhere; } figure > svg text { font-size: 17px; } th, td { padding: 6px 7px; } td.text, th.text { min-width: 13em; } }
        .scroll.more { border-right: 3px dotted var(--soft); } .scroll.less { border-left: 3px dotted var(--soft); }
        @media print { section { break-inside: avoid; } .scroll { overflow: visible; }
          .scroll table { clip-path: none !important; } }
        """

    /// Lets the columns of tables be sorted, and shows no column of a wide one that is cut by the edge of its region, where it
    /// would be read as another number. Without it the tables stand in the order of the classes.
    /// It is XML as it stands, without angle brackets that open and ampersands.
    static let script: StaticString = """
        document.querySelectorAll(".scroll").forEach(function (region) {
          var table = region.querySelector("table");
          if (!table) return;
          function trim() {
            var from = region.scrollLeft, to = from + region.clientWidth, left = 0, right = table.offsetWidth;
            var rows = Array.from(table.rows);
            // Places are those on the screen: a head that sticks to the region counts its own from elsewhere.
            var origin = table.getBoundingClientRect().left;
            var row = rows.reduce(function (a, b) { return b.cells.length > a.cells.length ? b : a; }, rows[0]);
            Array.from(row ? row.cells : []).forEach(function (cell) {
              var start = cell.getBoundingClientRect().left - origin, end = start + cell.offsetWidth;
              // A column of text that fills the region is read as it is.
              if (cell.offsetWidth > region.clientWidth / 2) return;
              function isCutAt(edge) { return edge - 1 > start ? end > edge + 1 : false; }
              if (isCutAt(from)) left = Math.max(left, end);
              if (isCutAt(to)) right = Math.min(right, start);
            });
            table.style.clipPath = "inset(0 " + (table.offsetWidth - right) + "px 0 " + left + "px)";
            region.classList.toggle("more", table.offsetWidth - 1 > to);
            region.classList.toggle("less", from > 1);
          }
          region.addEventListener("scroll", trim);
          new ResizeObserver(trim).observe(region);
          trim();
        });
        document.querySelectorAll("table.sortable").forEach(function (table) {
          var body = table.tBodies[0];
          var heads = Array.from(table.tHead.rows[0].cells);
          heads.forEach(function (head, column) {
            var button = document.createElement("button");
            button.type = "button";
            button.textContent = head.textContent;
            head.replaceChildren(button);
            button.addEventListener("click", function () {
              var first = column === 0 ? "ascending" : "descending";
              var second = column === 0 ? "descending" : "ascending";
              var order = head.getAttribute("aria-sort") === first ? second : first;
              var sign = order === "ascending" ? 1 : -1;
              heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
              head.setAttribute("aria-sort", order);
              Array.from(body.rows).sort(function (a, b) {
                var x = a.cells[column], y = b.cells[column];
                if (column === 0) return sign * x.textContent.localeCompare(y.textContent, undefined, { numeric: true });
                return sign * (Number(x.dataset.value || -1) - Number(y.dataset.value || -1));
              }).forEach(function (row) { body.appendChild(row); });
            });
          });
        });
        """
}
