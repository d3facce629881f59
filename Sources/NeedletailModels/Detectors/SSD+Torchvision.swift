import NeedletailCheckpoints

extension SSD {
    /// Where the layers of a classifier are in a detector of torchvision's.
    public var classifierNames: [(own: String, classifier: String)] {
        if !variant.isLite, let vgg = backbone.architecture as? VGG {
            let layers = SSDMaps.vggLayers(vgg)
            // The upper layers count from the pooling before them.
            return layers.upper.indices.map {
                ("backbone.extra.0.\($0).", "features.\(layers.lower.count + $0).")
            } + [("backbone.features.", "features.")]
        }
        if variant.isLite, let network = backbone.architecture as? MobileNetV3 {
            let cut = network.lastHalvingBlock
            return [("backbone.features.0.\(cut).", "features.\(cut).block.0.")]
                + [("backbone.features.1.0.", "features.\(cut).block.")]
                + (1..<8).map { ("backbone.features.1.\($0).", "features.\(cut + $0).") }
                + [("backbone.features.0.", "features.")]
        }
        return []
    }

    /// torchvision's SSD by the names and shapes of its state dict.
    public static func configuration(recognizing checkpoint: Checkpoint) throws -> DenseDetector.Configuration? {
        func shape(_ suffix: String) -> [Int]? { checkpoint.tensors.first { $0.name.hasSuffix(suffix) }?.shape }
        let head = "head.classification_head.module_list"
        let maps = (0..<16).first { shape("\(head).\($0).weight") == nil && shape("\(head).\($0).1.weight") == nil }
        guard let maps, let architecture = CheckpointArchitecture(checkpoint)?.trunk,
            let backbone = AnyBackboneArchitecture(name: architecture)
        else { return nil }
        func network(_ variant: Variant, _ predictor: String, hasReducedTail: Bool = false) -> SSD? {
            let perCell = variant.boxes.countPerCell(map: 0)
            guard variant.boxes.aspectRatios.count == maps, let rows = shape(predictor)?.first,
                rows.isMultiple(of: perCell), rows >= 2 * perCell
            else { return nil }
            return SSD(
                variant, backbone: backbone, classCount: rows / perCell, hasReducedTail: hasReducedTail)
        }
        let found: SSD?
        if shape("backbone.scale_weight") != nil {
            found = network(maps == 7 ? .ssd512 : .ssd300, "\(head).0.weight")
        } else if let network3 = backbone.architecture as? MobileNetV3 {
            let last = shape("\(head).1.0.0.weight")?.first
            found = network(
                .ssdlite320, "\(head).0.1.weight", hasReducedTail: last.map { $0 < network3.lastChannels } ?? false)
        } else {
            found = nil
        }
        return found.map {
            DenseDetector.Configuration(
                network: $0, transform: $0.inputTransform, postProcessing: $0.postProcessing,
                categories: COCOCategories.torchvision(outputs: $0.classCount))
        }
    }
}
