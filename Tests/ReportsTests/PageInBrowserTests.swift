import Foundation
import NeedletailCuration
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import NeedletailReports
import ProgramRunner
import Testing

/// The page as a browser shows it: what only a browser can tell.
@Suite(
    .serialized, .enabled(if: Browser.path != nil, "no Chromium on the search path: the page is not tried in a browser")
)
struct PageInBrowserTests {
    private let folder: TemporaryFolder
    private let page: String

    /// A report with many classes of long names, pictures, a comparison, warnings and findings.
    init() throws {
        folder = try TemporaryFolder()
        page = folder.path + "/report.html"
        var photo = Image(width: 400, height: 300, filledWith: Color(0x7090B0))
        photo.withUnsafeMutableBytes { bytes in
            for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: Int(bytes[i]) + i / 3 % 400 / 8) }
        }
        try photo.writeJPEG(to: folder.path + "/one.jpg")
        try photo.writeJPEG(to: folder.path + "/two.jpg")
        var data = SmallCase()
        data.names =
            (1...9).map { "class \($0)" } + ["a_class_with_a_name_that_is_longer_than_any_column_is_wide", "z"]
        for k in 1...11 {
            let x = Double(k * 30)
            data.object(1, k, x, 20)
            data.object(2, k, x, 120)
            data.detection(1, k, x + Double(k), 20, score: 0.95 - Double(k) / 20)
            data.detection(2, k % 11 + 1, x, 120, score: 0.3 + Double(k) / 50)
        }
        data.object(1, 3, 200, 200, side: 0)
        var dataset = data.dataset
        dataset.imageFolder = folder.path
        func evaluation(_ entries: [COCOResults.Entry]) throws -> DetectionEvaluation {
            try DetectionEvaluation(
                EvaluationInput(
                    dataset: dataset, results: COCOResults(entries), detectionsPath: "found.json", isLenient: true))
        }
        let whole = try evaluation(data.entries)
        let comparison = EvaluationComparison(whole, with: try evaluation(data.entries.dropLast(5)))
        try EvaluationPage(whole, comparison: comparison).write(to: page)
    }

    @Test func nothingFailsAndNothingIsFetched() throws {
        let browser = try Browser()
        try browser.show(page, width: 1120)
        let images = try browser.evaluate(
            """
            Promise.all(Array.from(document.querySelectorAll("svg image")).map(function (element) {
              var image = new Image();
              image.src = element.getAttribute("href");
              return image.decode().then(function () {
                var box = element.getBoundingClientRect();
                return image.naturalWidth > 0 && box.width > 100 && box.height > 100;
              });
            }))
            """)
        #expect(images as? [Bool] == [true, true])
        #expect(try browser.evaluate("document.querySelectorAll('.multiples svg polyline').length") as? Int == 33)

        let addresses = browser.events.compactMap { event -> String? in
            guard event["method"] as? String == "Network.requestWillBeSent" else { return nil }
            let parameters = event["params"] as? Browser.Message
            return (parameters?["request"] as? Browser.Message)?["url"] as? String
        }
        #expect(addresses.contains { $0.hasSuffix("/report.html") })
        #expect(addresses.allSatisfy { $0.hasSuffix("/report.html") || $0.hasPrefix("data:") }, "\(addresses)")
        // Errors of scripts, of the content policy and of markup.
        let complaints = browser.events.filter {
            ["Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"]
                .contains($0["method"] as? String ?? "")
        }
        #expect(complaints.isEmpty, "\(complaints)")
    }

    /// The texts of a column of the classes' table.
    private func column(_ index: Int, _ browser: Browser) throws -> [String] {
        let texts = try browser.evaluate(
            """
            Array.from(document.querySelector("section[aria-labelledby=classes] tbody").rows)
              .map(function (row) { return row.cells[\(index)].textContent; })
            """)
        return try #require(texts as? [String])
    }

    private static func header(_ index: Int) -> String {
        "section[aria-labelledby=classes] th:nth-child(\(index + 1)) button"
    }

    private func sortOrder(_ index: Int, _ browser: Browser) throws -> String? {
        try browser.evaluate("document.querySelector('\(Self.header(index))').parentNode.getAttribute('aria-sort')")
            as? String
    }

    @Test(arguments: [1120, 360]) func tablesAreSortedByClicks(width: Int) throws {
        let browser = try Browser()
        try browser.show(page, width: width)
        let names = try column(0, browser)
        #expect(names.first == "class 1" && names.last == "z" && names.count == 11)
        let before = try column(1, browser).compactMap { Double($0) }

        try browser.click(Self.header(1))
        #expect(try column(1, browser).compactMap { Double($0) } == before.sorted(by: >))
        #expect(try sortOrder(1, browser) == "descending")
        try browser.click(Self.header(1))
        #expect(try column(1, browser).compactMap { Double($0) } == before.sorted())
        #expect(try sortOrder(1, browser) == "ascending")
        #expect(before != before.sorted() && before != before.sorted(by: >))

        // Rows stay whole: the name moves with its number.
        let byName = Dictionary(uniqueKeysWithValues: zip(names, before))
        #expect(try zip(column(0, browser), column(1, browser)).allSatisfy { byName[$0] == Double($1) })
        try browser.click(Self.header(0))
        #expect(try column(0, browser) == names.sorted())
        #expect(try sortOrder(1, browser) == nil)
    }

    @Test func tablesAreSortedByKeyboard() throws {
        let browser = try Browser()
        try browser.show(page, width: 1120)
        let before = try column(2, browser).compactMap { Double($0) }
        var steps = 0
        func isFocused(_ selector: String) throws -> Bool {
            try browser.evaluate("document.activeElement === document.querySelector('\(selector)')") as? Bool == true
        }
        while try !isFocused(Self.header(2)), steps < 200 {
            try browser.press(.tab)
            steps += 1
        }
        #expect(try isFocused(Self.header(2)), "not reached in \(steps) steps")
        let outline = try browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        #expect(outline as? String == "solid")
        try browser.press(.enter)
        #expect(try column(2, browser).compactMap { Double($0) } == before.sorted(by: >))
        try browser.press(.space)
        #expect(try column(2, browser).compactMap { Double($0) } == before.sorted())
        #expect(try isFocused(Self.header(2)))
    }

    /// All kinds of pages: of a detector with few and with many classes, of a classifier, of a dataset, of a run.
    private func allPages() throws -> [String] {
        let pages = ["classifier", "statistics", "many", "training"].map { "\(folder.path)/\($0).html" }
        let (classifier, statistics, many, training) = (pages[0], pages[1], pages[2], pages[3])
        try ClassificationPage(ClassificationPageTests.evaluation(), history: ClassificationPageTests.history)
            .write(to: classifier)
        try StatisticsPage(DatasetStatistics(StatisticsPageTests.dataset), name: "a.json").write(to: statistics)
        var data = SmallCase()
        data.names = (1...60).map { "class \($0)" }
        for k in 1...60 {
            data.object(1, k, Double(k * 5), 20)
            data.detection(1, k, Double(k * 5), 20, score: 0.95 - Double(k) / 100)
        }
        try EvaluationPage(
            DetectionEvaluation(
                EvaluationInput(
                    dataset: data.dataset, results: COCOResults(data.entries), detectionsPath: "found.json",
                    isLenient: true))
        ).write(to: many)
        // What `train` writes: four terms of a loss that come and go, and false alarms.
        var epochs: [TrainingHistory.Epoch] = []
        for number in 1...25 {
            let epoch = Double(number)
            let losses = [12 / epoch, 8 / epoch, 4 / epoch, number < 11 ? 0 : 2 / epoch]
            epochs.append(
                TrainingHistory.Epoch(
                    number: number,
                    losses: zip(["Boxes", "Objectness", "Classification", "L1"], losses).map {
                        TrainingHistory.Value($0, $1)
                    }, validationLoss: 30 / epoch + 1.23456, learningRate: 0.000123456 / epoch,
                    metrics: [
                        TrainingHistory.Value("AP", 0.6 - 0.5 / epoch),
                        TrainingHistory.Value("AP50", 0.9 - 0.5 / epoch),
                    ], falseAlarms: 1.5 / epoch))
        }
        var small = SmallCase()
        small.object(1, 1, 10, 20)
        small.detection(1, 1, 12, 20, score: 0.9)
        try EvaluationPage(
            DetectionEvaluation(
                EvaluationInput(
                    dataset: small.dataset, results: COCOResults(small.entries), detectionsPath: "validation.json",
                    isLenient: true)), history: TrainingHistory(epochs: epochs),
            options: .init(title: "Training report")
        ).write(to: training)
        return [page, classifier, statistics, many, training]
    }

    /// A line of the losses is told from the others by its look in the legend.
    @Test(arguments: [false, true]) func linesOfAChartLookDifferent(isDark: Bool) throws {
        let browser = try Browser()
        try browser.show(try #require(try allPages().last), width: 768, isDark: isDark)
        let looks = try #require(
            try browser.evaluate(
                """
                Array.from(document.querySelectorAll("section[aria-labelledby=training] .legend")).map(function (legend) {
                  return Array.from(legend.querySelectorAll("line")).map(function (line) {
                    var style = getComputedStyle(line);
                    return style.stroke + " " + style.strokeDasharray;
                  });
                })
                """) as? [[String]])
        #expect(looks.first?.count == 6)
        for legend in looks { #expect(Set(legend).count == legend.count, "\(legend)") }
    }

    /// No column of a wide table is seen in part, where a number would be read as another; scrolling brings out the others.
    @Test(arguments: [390, 500, 640, 768, 900, 1200]) func noColumnIsCut(width: Int) throws {
        let browser = try Browser()
        for page in try allPages() { try expectWholeColumns(page, width: width, browser) }
    }

    private func expectWholeColumns(_ page: String, width: Int, _ browser: Browser) throws {
        try browser.show(page, width: width)
        let cut = """
            (function () {
              document.querySelectorAll("details").forEach(function (details) { details.open = true; });
              return new Promise(function (done) { setTimeout(function () {
                var found = [], wide = 0;
                document.querySelectorAll(".scroll").forEach(function (region) {
                  var table = region.querySelector("table"), room = region.getBoundingClientRect();
                  if (table.offsetWidth > region.clientWidth + 1) wide += 1;
                  var clip = (table.style.clipPath.match(/[-\\d.]+px|0(?= )/g) || ["0", "0", "0", "0"]).map(parseFloat);
                  var frame = table.getBoundingClientRect();
                  var left = Math.max(room.left, frame.left + clip[3]), right = Math.min(room.right, frame.right - clip[1]);
                  Array.from(table.querySelectorAll("td")).forEach(function (cell) {
                    var box = cell.getBoundingClientRect();
                    if (box.width > room.width / 2 || !box.width) return;
                    var seen = Math.min(box.right, right) - Math.max(box.left, left);
                    if (seen > 4 && seen < box.width - 4) found.push(cell.textContent + " " + seen + " of " + box.width);
                  });
                });
                done([wide, found.length, found[0] || ""]);
              }, 200); });
            })()
            """
        for scroll in [0, 37, 100_000] {
            _ = try browser.evaluate(
                "document.querySelectorAll('.scroll').forEach(function (region) { region.scrollLeft = \(scroll); })")
            let found = try #require(try browser.evaluate(cut) as? [Any])
            #expect(found[1] as? Int == 0, "\(page): \(found)")
            if width == 390, page == self.page { #expect(try #require(found[0] as? Int) > 2) }
        }
    }

    /// Numbers and names of axes, and labels of boxes, lie beside one another.
    @Test(arguments: [390, 768, 1200]) func noTextOfAChartLiesOnAnother(width: Int) throws {
        let browser = try Browser()
        for page in try allPages() {
            try browser.show(page, width: width)
            let overlaps = try #require(
                try browser.evaluate(
                    """
                    Array.from(document.querySelectorAll("svg[role=img]")).flatMap(function (svg) {
                      var texts = Array.from(svg.querySelectorAll("text")).map(function (text) {
                        return [text.textContent, text.getBoundingClientRect()];
                      });
                      return texts.flatMap(function (a, i) {
                        return texts.slice(i + 1).filter(function (b) {
                          return a[1].left < b[1].right - 1 && b[1].left < a[1].right - 1
                            && a[1].top < b[1].bottom - 3 && b[1].top < a[1].bottom - 3;
                        }).map(function (b) { return svg.getAttribute("aria-label").slice(0, 40) + ": " + a[0] + " / " + b[0]; });
                      });
                    })
                    """) as? [String])
            #expect(overlaps.isEmpty, "\(page): \(overlaps.prefix(4))")
        }
    }

    @Test(arguments: [360, 390, 768, 1200], [false, true]) func everythingCanBeRead(width: Int, isDark: Bool) throws {
        let browser = try Browser()
        for page in try allPages() { try expectReadable(page, width: width, isDark: isDark, browser) }
    }

    private func expectReadable(_ page: String, width: Int, isDark: Bool, _ browser: Browser) throws {
        try browser.show(page, width: width, isDark: isDark)
        _ = try browser.evaluate(
            "document.querySelectorAll('details').forEach(function (details) { details.open = true; })")
        #expect(try browser.evaluate("document.documentElement.scrollWidth") as? Int == width)
        let ground = try #require(try browser.evaluate("\(Self.colours); luminance(ground(document.body))") as? Double)
        #expect(isDark ? ground < 0.1 : ground > 0.8)
        // WCAG's 4.5 to 1, at sizes that can be read.
        let hard = try #require(try browser.evaluate("\(Self.colours); hardToRead(4.5, 11)") as? [String])
        #expect(hard.isEmpty, "\(hard.count): \(hard.prefix(5))")
        // Wide content scrolls within its own region, and nothing sticks out of the page elsewhere.
        let beyond = try #require(
            try browser.evaluate(
                """
                Array.from(document.querySelectorAll("body *")).filter(function (element) {
                  return !element.closest(".scroll, .photo")
                    && element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
                }).map(function (element) { return element.outerHTML.slice(0, 80); })
                """) as? [String])
        #expect(beyond.isEmpty, "\(beyond.prefix(5))")
    }

    /// JavaScript that measures the contrast and size of every text of the page.
    private static let colours = """
        function parts(text) {
          var numbers = text.match(/[\\d.]+/g).map(Number);
          return numbers.length < 4 ? numbers.concat([1]) : numbers;
        }
        function over(top, below) {
          return [0, 1, 2].map(function (i) { return top[i] * top[3] + below[i] * (1 - top[3]); }).concat([1]);
        }
        function ground(element) {
          if (!element) return [255, 255, 255, 1];
          var own = parts(getComputedStyle(element).backgroundColor);
          return own[3] === 1 ? own : over(own, ground(element.parentElement));
        }
        function luminance(colour) {
          var linear = colour.slice(0, 3).map(function (value) {
            value /= 255;
            return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
          });
          return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        }
        function contrast(a, b) {
          var x = luminance(a), y = luminance(b);
          return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
        }
        function hardToRead(least, smallest) {
          var found = [];
          document.querySelectorAll("body *").forEach(function (element) {
            var text = Array.from(element.childNodes).filter(function (node) { return node.nodeType === 3; })
              .map(function (node) { return node.textContent.trim(); }).join("");
            // Labels in photographs have an outline instead of a ground.
            if (!text || element.closest(".photo, script, style, title") || !element.getClientRects().length) return;
            var style = getComputedStyle(element);
            var svg = element.ownerSVGElement;
            var scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            var back = ground(element);
            var ratio = contrast(over(parts(svg ? style.fill : style.color), back), back);
            var size = parseFloat(style.fontSize) * scale;
            if (ratio < least || size < smallest)
              found.push(text.slice(0, 30) + ": contrast " + ratio.toFixed(2) + ", " + size.toFixed(1) + " px");
          });
          return found;
        }
        """
}
