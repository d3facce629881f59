extension COCOEvaluator {
    /// Analyses the errors of all images added so far.
    ///
    /// Cost: the overlaps of all detections with all objects of their image, and a sort of all detections.
    ///
    /// - Throws: ``EvaluationError/invalidOptions(_:)``.
    public func errorAnalysis(
        _ analysis: ErrorAnalysisOptions = ErrorAnalysisOptions()
    ) throws(EvaluationError) -> ErrorAnalysis {
        try analysis.validate()
        return ErrorAnalysisBuilder(records: records, options: options, analysis: analysis).build()
    }
}
