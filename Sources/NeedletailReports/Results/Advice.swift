import NeedletailEvaluation
import NeedletailSystem

/// Something to do next, and the numbers that say so.
public struct Advice: Hashable, Sendable, Encodable {
    /// What to do, in a few words.
    public var title: String
    /// Why, and how.
    public var detail: String
}

extension DetectionEvaluation {
    /// What to do next, the most worthwhile first; empty without an analysis of the errors.
    ///
    /// What the numbers rest on comes before them: whether all images were looked at, with these limits, identifiers and
    /// classes. Where it did not, nothing is said of training that they would be the reason for.
    public var advice: [Advice] {
        guard let analysis, input.annotationCount > input.crowdCount else { return [] }
        let premises = AdvicePremises(evaluation: self, analysis: analysis)
        guard let best = analysis.overall.best, best.truePositives > 0 else {
            let found = premises.all
            return found.isEmpty ? [premises.nothingFits] : found
        }
        let writer = AdviceWriter(evaluation: self, analysis: analysis, best: best, premises: premises)
        return premises.all + writer.errors() + writer.labels() + writer.classes() + writer.operatingPoint()
    }

    /// Advice in the words of whoever asked.
    func advice(_ title: String, _ detail: Remedy) -> Advice {
        Advice(title: title, detail: detail.text(input.wording.callAsFunction))
    }
}
