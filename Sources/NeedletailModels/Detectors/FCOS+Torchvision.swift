import NeedletailCheckpoints

extension FCOS {
    /// torchvision's FCOS by the names and shapes of its state dict.
    public static func configuration(recognizing checkpoint: Checkpoint) throws -> DenseDetector.Configuration? {
        func shape(_ suffix: String) -> [Int]? { checkpoint.tensors.first { $0.name.hasSuffix(suffix) }?.shape }
        guard let logits = shape("head.classification_head.cls_logits.weight"), logits.count == 4,
            shape("head.regression_head.bbox_ctrness.weight") != nil,
            let backbone = AnyBackboneArchitecture(of: checkpoint)
        else { return nil }
        let depth = (0..<16).first { shape("head.classification_head.conv.\(3 * $0).weight") == nil } ?? 16
        return DenseDetector.Configuration(
            network: FCOS(backbone: backbone, channels: logits[1], headDepth: depth, classCount: logits[0]),
            postProcessing: postProcessing, categories: COCOCategories.torchvision(outputs: logits[0]))
    }
}
