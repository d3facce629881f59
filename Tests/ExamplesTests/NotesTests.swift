import Foundation
import Needletail
import ProgramRunner
import Testing

/// The chapters of the course, run as a person runs them.
@Suite struct NotesTests {
    private func run(_ arguments: String...) throws -> String {
        let outcome = try Program("needletail-notes").run(arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors == "")
        return outcome.output
    }

    private func expect(
        _ output: String, _ lines: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for line in lines { #expect(output.contains(line), "\(output)", sourceLocation: sourceLocation) }
    }

    @Test func listsItsChaptersAndKnowsNoOthers() throws {
        let list = try run().split(separator: "\n").map { $0.prefix { $0 != ":" } }
        #expect(list.count == 18 && list.first == "sizes" && list.last == "optimizers")
        let outcome = try Program("needletail-notes").run(["nothing"])
        #expect(outcome.status != 0 && outcome.errors.contains("There are sizes, edges"))
    }

    /// ⌊(200 + 2 - 5)/2⌋ + 1 = 99, 99 - 3 + 1 = 97, 97 + 2 - 3 + 1 = 97; (227 - 11)/4 + 1 = 55.
    @Test func sizes() throws {
        expect(
            try run("sizes"), "k=5 s=2 p=1: 99, and the network has 99x99",
            "k=3 s=1 p=0: 97, and the network has 97x97",
            "k=11 s=4 p=0: 55, and the network has 55x55", "k=3 s=2 p=0: 6, and the network has 6x6",
            "28 under 4: padding 2 leaves 29, 'same' leaves 28")
    }

    @Test func edges() throws {
        let folder = try TemporaryFolder()
        let output = try run("edges", "--pictures", folder.path)
        expect(output, "  0 1 0 0 0 -1 0", "greatest number for the turned picture: 0")
        let learnt = try #require(output.firstMatch(of: /learnt: \[([0-9.-]+), ([0-9.-]+)\]/))
        #expect(abs((Double(learnt.1) ?? 0) - 1) < 0.1 && abs((Double(learnt.2) ?? 0) + 1) < 0.1)
        #expect(try Image(contentsOf: folder("edges.png")).width > 500)
    }

    /// 0·0 + 1·1 + 3·2 + 4·3 = 19, and so on.
    @Test func linearLayers() throws {
        expect(
            try run("linear"), "linear layer: 1,000,000,000,000", "12 of 36", "  19 25\n  37 43", "the same: true")
    }

    @Test func transposed() throws {
        expect(
            try run("transposed"), "  0 0 1\n  0 4 6\n  4 12 9", "the same: true",
            "  0 0 0 1\n  0 0 2 3\n  0 2 0 3\n  4 6 6 9",
            "n=28 k=4 s=2 p=1: 56, network 56")
    }

    /// 32·9 + 64·32 weights; 1/64 + 1/9 = 0.1267.
    @Test func separable() throws {
        expect(
            try run("separable"), "standard: 18,432 weights", "separable: 2,336 weights",
            "cost: 0.127, by the formula 1/64 + 1/9 = 0.127")
    }

    /// The corners 0, 4, 20 and 24 together are 48.
    @Test func dilated() throws {
        expect(
            try run("dilated"), "dilation 2 =\n  48", "dilation 1, 1, 1: sees 3, 5, 7 pixels, 30 weights",
            "dilation 1, 2, 4: sees 3, 7, 15 pixels, 30 weights", "sees 15, neighbours are 8 pixels apart")
    }

    @Test func pooling() throws {
        expect(
            try run("pooling"), "  4 5\n  7 8", "  2 3\n  5 6", "mean of all =\n  4", "stride 3 =\n  10",
            "stride 2, padding 1 =\n  5 7\n  13 15", "padding 0x1 =\n  5 7\n  13 15")
    }

    /// 784·256 + 256 + 256·10 + 10 = 203,530.
    @Test func perceptron() throws {
        let output = try run("perceptron")
        expect(output, "two, with tanh between them: loss 0", "4 of 4 right", "in all 203,530")
        #expect(output.matches(of: /one linear layer: loss 0\.69[0-9]*, [0-3] of 4 right/).count == 1)
    }

    /// (25 + 1)·6 + (150 + 1)·16 + 401·120 + 121·84 + 85·10 = 61,706.
    @Test func lenet() throws {
        let output = try run("lenet")
        expect(output, "in all 61,706 parameters")
        let right = try #require(output.firstMatch(of: /after: ([0-9]+) % of unseen/))
        #expect(Int(right.1) ?? 0 >= 80)
    }

    /// The first layer of 105,415,200 multiply-adds.
    @Test func alexNet() throws {
        expect(
            try run("alexnet"), "(11·11·3 + 1)·96 = 34,944 parameters",
            "55x55x96, 34,944 parameters, 105,415,200 multiply-adds",
            "linear 4096: 1x1x4096, 37,752,832 parameters", "12 T operations a second: ")
    }

    /// As torchvision states them.
    @Test func vgg() throws {
        expect(
            try run("vgg"), "2 of 3x3: sees 5, 73,728 weights; one of 5x5: sees 5, 102,400 weights",
            "vgg11: 132,863,336 parameters", "vgg16: 138,357,544 parameters", "vgg19: 143,667,240 parameters")
    }

    /// Mean 5, variance (9 + 1 + 1 + 1 + 0 + 0 + 4 + 16)/8 = 4.
    @Test func normalization() throws {
        expect(
            try run("normalization"), "mean 5, deviation 2", "standardised: -1.5 -0.5 -0.5 -0.5 0 0 1 2", "mean 0.3 30")
    }

    @Test func residuals() throws {
        let lines = try run("residuals").split(separator: "\n").filter { $0.contains("layers:") }
        #expect(lines.count == 4)
        let last = try #require(lines.last?.firstMatch(of: /plain ([0-9.]+e-?[0-9]+), residual ([0-9.]+e-?[0-9]+)/))
        let (plain, residual) = (try #require(Double(last.1)), try #require(Double(last.2)))
        #expect(residual > 1000 * plain)
    }

    @Test func augmentation() throws {
        let folder = try TemporaryFolder()
        let output = try run("augmentation", "--pictures", folder.path)
        // Mirrored: 200 - 28 - 62 = 110.
        expect(output, "object: 28 35 62 81", "110 35 62 81")
        let epochs = output.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
        #expect(epochs.count == 4 && epochs[0] == epochs[1])
        #expect(try Image(contentsOf: folder("augmentation.png")).width > 800)
    }

    @Test func fineTuning() throws {
        let output = try run("fine-tuning")
        let shares = output.matches(of: /([0-9]+) % of unseen letters right/).compactMap { Int($0.1) }
        #expect(shares.count == 3 && shares[1] > shares[0])
    }

    /// The intersection of the dog and anchor 1 is 25 by 20 pixels, 500 of 3528 + 500 - 500.
    @Test func anchors() throws {
        let folder = try TemporaryFolder()
        expect(
            try run("anchors", "--pictures", folder.path), "  0.142 0", "anchor 2: cat", "anchor 4: cat",
            "anchor 1: dog",
            "map of 80x80: 57,600", "in all 76,725")
        #expect(try Image(contentsOf: folder("anchors.png")).width == 600)
    }

    @Test func suppression() throws {
        let folder = try TemporaryFolder()
        expect(
            try run("suppression", "--pictures", folder.path), "overlap up to 0.5: kept 0, 3",
            "overlap up to 0.8: kept 0, 3, 1, 2")
        #expect(try Image(contentsOf: folder("suppression.png")).width > 1000)
    }

    /// Of gradient descent: x = -5·0.92²⁰, y = -2·(-0.6)²⁰, so that f = 0.1 x² = 0.089; of the greater rate |y| grows to
    /// 2·1.4²⁰.
    @Test func optimizers() throws {
        let output = try run("optimizers")
        expect(
            output, "gradient descent, rate 0.4: f after steps 0: 10.5", "20: 0.089; at (-0.943, 0)", "Adam, rate 0.4")
        #expect(output.contains("rate 0.6: f after steps 0: 10.5, 1: 17.6"))
    }

    /// What the guides tell to run is there.
    @Test(arguments: ["LEARNING.md", "LEARNING.zh-CN.md"])
    func guidesNameEveryChapter(guide: String) throws {
        let text = try String(contentsOfFile: ShapesExcerpt.package + "/docs/" + guide, encoding: .utf8)
        let named = text.matches(of: /needletail-notes ([a-z-]+)/).map { String($0.1) }
        // The first is told twice: once to show how.
        let told = named.enumerated().filter { $0.offset == 0 || named[$0.offset - 1] != $0.element }.map(\.element)
        let chapters = try run().split(separator: "\n").map { String($0.prefix { $0 != ":" }) }
        #expect(told.filter(chapters.contains) == chapters)
        #expect(
            text.matches(of: /\]\(([^)h#][^)]*)\)/).allSatisfy { match in
                FileManager.default.fileExists(atPath: ShapesExcerpt.package + "/docs/" + match.1)
            })
    }
}
