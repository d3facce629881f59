import NeedletailEvaluation
import Testing

@Suite struct ClassificationMetricsTests {
    /// Three classes. cat, cat, dog, owl are taken for cat 0.6, dog 0.5, dog 0.9, cat 0.8: two of four are right.
    private static func small() -> ClassificationMetrics {
        var metrics = ClassificationMetrics(classes: ["cat", "dog", "owl"])
        metrics.add([0.6, 0.3, 0.1], labels: [0])
        metrics.add([0.4, 0.5, 0.1], labels: [0])
        metrics.add([0.05, 0.9, 0.05], labels: [1])
        metrics.add([0.8, 0.1, 0.1], labels: [2])
        return metrics
    }

    @Test func oneClass() {
        let metrics = Self.small()
        #expect(metrics.count == 4 && metrics.accuracy == 0.5 && metrics.topFiveAccuracy == 1)
        #expect(metrics.classes.map(\.count) == [2, 1, 1])
        #expect(metrics.classes.map(\.predicted) == [2, 2, 0])
        #expect(metrics.classes.map(\.right) == [1, 1, 0])
        #expect(metrics.classes.map(\.precision) == [0.5, 0.5, nil])
        #expect(metrics.classes.map(\.recall) == [0.5, 1, 0])
        // 2 · 1 / (2 + 2), 2 · 1 / (1 + 2), 0.
        #expect(metrics.classes.map(\.f1) == [0.5, 2.0 / 3, 0])
        #expect(abs(metrics.macroF1 - (0.5 + 2.0 / 3) / 3) < 1e-12)
        #expect(abs(metrics.balancedAccuracy - 0.5) < 1e-12)
        #expect(metrics.confusion == [[1, 1, 0], [0, 1, 0], [1, 0, 0]])
        #expect(metrics.confusedPairs.map(\.count) == [1, 1])
        // -(ln 0.6 + ln 0.4 + ln 0.9 + ln 0.1) / 4
        #expect(abs(metrics.meanLogLoss - 0.958_766) < 1e-5)
    }

    /// Each of the four confidences is alone in its range: (|1 - 0.6| + |0 - 0.5| + |1 - 0.9| + |0 - 0.8|) / 4.
    @Test func calibration() {
        let metrics = Self.small()
        #expect(abs(metrics.expectedCalibrationError - 0.45) < 1e-6)
        #expect(metrics.reliability.count == 15 && metrics.reliability.filter { $0.count > 0 }.count == 4)
        // A range has its upper end; 0.6 as a float lies just above nine fifteenths.
        #expect(metrics.reliability[9].count == 1 && metrics.reliability[9].accuracy == 1)
    }

    /// One picture shows both classes and is said to show the first; another shows none, and none is said.
    @Test func severalClasses() {
        var metrics = ClassificationMetrics(classes: ["sky", "sea"], hasSeveralLabels: true)
        metrics.add([0.8, 0.4], labels: [0, 1])
        metrics.add([0.2, 0.1], labels: [])
        #expect(metrics.exactAccuracy == 0.5 && metrics.accuracy == 0.5)
        #expect(metrics.classes.map(\.f1) == [1, 0])
        // ((-ln 0.8 - ln 0.4) / 2 + (-ln 0.8 - ln 0.9) / 2) / 2
        #expect(abs(metrics.meanLogLoss - 0.366_984) < 1e-5)
        #expect(metrics.confusion.isEmpty)
    }

    @Test func mistakesComeWithTheMostConfidentFirst() {
        let pictures = [
            ClassifiedPicture(name: "a", row: 0, labels: [0], probabilities: [0.4, 0.6]),
            ClassifiedPicture(name: "b", row: 1, labels: [1], probabilities: [0.1, 0.9]),
            ClassifiedPicture(name: "c", row: 2, labels: [0], probabilities: [0.2, 0.8]),
        ]
        #expect(pictures.mistakes.map(\.name) == ["c", "a"])
    }

    /// From the third epoch on validation gets worse while training gets better; one worse epoch says nothing yet.
    @Test func lossTurns() {
        let training = [1, 0.8, 0.6, 0.5, 0.4], validation = [1.0, 0.9, 0.8, 0.85, 0.9]
        #expect(LossTurn(training: Array(training.prefix(4)), validation: Array(validation.prefix(4))) == nil)
        let turn = LossTurn(training: training, validation: validation)
        #expect(turn?.epoch == 3 && turn?.lowest == 0.8 && turn?.latest == 0.9)
        #expect(LossTurn(training: [1, 0.8, 0.6, 0.7, 0.7], validation: validation) == nil, "training is no better")
        #expect(LossTurn(training: training, validation: [1, 0.9, 0.8, 0.8, 0.805]) == nil, "that is chance")
        #expect(LossTurn(training: training, validation: [nil, nil, nil, nil, nil]) == nil)
    }
}
