import NeedletailCheckpoints

extension YOLOX {
    /// YOLOX by the names and shapes of its state dict, which published files hold under `model`.
    ///
    /// Its files say nothing about categories: with 80 outputs they are taken to be COCO's, otherwise they are called by
    /// their class index.
    public static func configuration(recognizing checkpoint: Checkpoint) throws -> DenseDetector.Configuration? {
        guard let (variant, classCount) = variant(of: checkpoint) else { return nil }
        let names = classCount == 80 ? COCOCategories.names : (1...classCount).map { ($0, "class \($0)") }
        return DenseDetector.Configuration(
            network: YOLOX(variant, classCount: classCount), transform: inputTransform(size: variant.inputSize),
            postProcessing: postProcessing,
            categories: names.enumerated().map {
                DenseDetector.Category(id: $1.id, name: $1.name, classIndex: $0 + 1)
            })
    }

    /// The published size whose layers a file has, and its number of classes.
    private static func variant(of checkpoint: Checkpoint) -> (Variant, classCount: Int)? {
        func shape(_ suffix: String) -> [Int]? { checkpoint.tensors.first { $0.name.hasSuffix(suffix) }?.shape }
        guard let stem = shape("backbone.backbone.stem.conv.conv.weight"), stem.count == 4,
            let classes = shape("head.cls_preds.0.weight"), classes.count == 4, classes[0] > 0
        else { return nil }
        let isDepthwise = shape("backbone.backbone.dark2.0.dconv.conv.weight") != nil
        let variant = Variant.allCases.first { variant in
            variant.channels(64) == stem[0] && variant.isDepthwise == isDepthwise
                && shape("backbone.C3_p4.m.\(variant.depth - 1).conv1.conv.weight") != nil
                && shape("backbone.C3_p4.m.\(variant.depth).conv1.conv.weight") == nil
        }
        return variant.map { ($0, classes[0]) }
    }
}
