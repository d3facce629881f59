import NeedletailCheckpoints
import NeedletailDownloads

extension RetinaNet {
    /// torchvision's RetinaNet by the names and shapes of its state dict.
    ///
    /// Its files say nothing about categories: with 91 outputs they are taken to be COCO's, otherwise they are called by
    /// their class index.
    public static func configuration(recognizing checkpoint: Checkpoint) throws -> DenseDetector.Configuration? {
        func shape(_ suffix: String) -> [Int]? { checkpoint.tensors.first { $0.name.hasSuffix(suffix) }?.shape }
        let anchors = AnchorGenerator.retinaNet
        guard let logits = shape("head.classification_head.cls_logits.weight"), logits.count == 4,
            logits[0] % anchors.countPerCell == 0, shape("head.regression_head.bbox_ctrness.weight") == nil,
            let backbone = AnyBackboneArchitecture(of: checkpoint)
        else { return nil }
        let classCount = logits[0] / anchors.countPerCell
        let isSecond = shape("head.classification_head.conv.0.1.weight") != nil
        return DenseDetector.Configuration(
            network: RetinaNet(
                backbone: backbone, version: isSecond ? .v2 : .v1, channels: logits[1],
                classCount: classCount, normalization: isSecond ? .trained : .frozen,
                normalizationEpsilon: try isFirstOfCOCO(checkpoint, isSecond: isSecond, classCount: classCount)
                    ? 0 : 1e-5),
            categories: COCOCategories.torchvision(outputs: classCount))
    }

    /// Whether the weights are torchvision's first of COCO, which were made with an epsilon of 0, as no others were. The
    /// file alone can tell: by its SHA-256, of which torchvision publishes the beginning.
    private static func isFirstOfCOCO(_ checkpoint: Checkpoint, isSecond: Bool, classCount: Int) throws -> Bool {
        guard !isSecond, classCount == 91, checkpoint.format == .torchArchive else { return false }
        return try Checksum.sha256(ofFile: checkpoint.path).hasPrefix("eeacb38b")
    }
}
