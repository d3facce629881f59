/// What model a file's weights are likely to belong to, from names and shapes alone.
///
/// Recognises torchvision's residual networks (`resnet18` … `resnet152`, `resnext…`, `wide_resnet…`), networks of layers one
/// behind the other (`mobilenet-v2`, `vgg16-bn`, `alexnet` …), and detectors on them: `retinanet_resnet50_fpn`,
/// `retinanet_resnet50_fpn_v2`, `fasterrcnn_…`, `maskrcnn_…`, `keypointrcnn_…`, `fcos_…`, `ssd300_vgg16`, `ssdlite320_…`.
public struct CheckpointArchitecture: Hashable, Sendable, CustomStringConvertible {
    /// The backbone or classifier, such as `resnet18`.
    public let trunk: String
    /// The detector on it, such as `retinanet_resnet18_fpn`; nil for a trunk alone.
    public let detector: String?

    public var description: String { detector ?? trunk }

    /// - Returns: Nil when the weights look like none of these.
    public init?(_ checkpoint: Checkpoint) {
        var shapes: [String: [Int]] = [:]
        for tensor in checkpoint.tensors {
            var name = tensor.name[...]
            while let prefix = ["module.", "_orig_mod.", "model."].first(where: name.hasPrefix) {
                name = name.dropFirst(prefix.count)
            }
            shapes[String(name)] = tensor.shape
        }
        shapes = withClassifierNames(shapes)
        // Names may stand behind another prefix.
        let prefixes = Set(
            shapes.keys.flatMap { name in firstLayers.filter(name.hasSuffix).map { name.dropLast($0.count) } })
        for prefix in prefixes.sorted(by: { ($0.count, $0) < ($1.count, $1) }) {
            let place = String(prefix)
            guard let trunk = residualNetwork(shapes, under: place) ?? layeredNetwork(shapes, under: place) else {
                continue
            }
            let backbone = ["backbone.body.", "backbone.", "body."].first(where: place.hasSuffix) ?? ""
            let outer = place.dropLast(backbone.count)
            if !outer.isEmpty {
                shapes = Dictionary(
                    shapes.filter { $0.key.hasPrefix(outer) }.map { (String($0.key.dropFirst(outer.count)), $0.value) }
                ) { first, _ in first }
            }
            self.trunk = trunk
            detector = detectorName(shapes, trunk: trunk)
            return
        }
        return nil
    }
}

/// Where networks that are known begin.
private let firstLayers = [
    "conv1.weight", "stage1.0.0.weight", "_conv_stem.weight", "features.0.0.weight", "features.0.weight",
    "classifier.0.weight",
]

private func detectorName(_ shapes: [String: [Int]], trunk: String) -> String? {
    func has(_ part: String) -> Bool { shapes.keys.contains { $0.hasPrefix(part) } }
    let maps = "head.classification_head.module_list."
    if has(maps) {
        let kind = has("\(maps)0.0.") ? "ssdlite320" : has("\(maps)6.") ? "ssd512" : "ssd300"
        return "\(kind)_\(trunk.replacing("-", with: "_"))"
    }
    guard has("backbone.fpn.") else { return nil }
    if has("rpn.head.") {
        let kind = has("roi_heads.mask") ? "maskrcnn" : has("roi_heads.keypoint") ? "keypointrcnn" : "fasterrcnn"
        return "\(kind)_\(trunk)_fpn\(shapes["rpn.head.conv.1.0.weight"] != nil ? "_v2" : "")"
    }
    if has("head.regression_head.bbox_ctrness.") { return "fcos_\(trunk)_fpn" }
    if has("head.classification_head.") {
        // The second version normalises each head layer by groups.
        let isSecond = shapes["head.classification_head.conv.0.1.weight"] != nil
        return "retinanet_\(trunk)_fpn\(isSecond ? "_v2" : "")"
    }
    return "\(trunk)_fpn"
}

/// Whether a convolution of this shape is the first of a residual network.
private func isStem(_ shape: [Int]) -> Bool { [[64, 3, 7, 7], [16, 3, 7, 7]].contains(shape) }

/// Blocks of a stage are counted, and the first one measured.
private func residualNetwork(_ shapes: [String: [Int]], under prefix: String) -> String? {
    guard let stem = shapes["\(prefix)conv1.weight"], isStem(stem) else { return nil }
    let blocks = (1...4).map { stage in
        (0..<64).first { shapes["\(prefix)layer\(stage).\($0).conv1.weight"] == nil } ?? 64
    }
    if stem[0] == 16 { return blocks == [1, 1, 1, 1] ? "resnet10-quarter" : nil }
    guard let first = shapes["\(prefix)layer1.0.conv2.weight"], first.count == 4 else { return nil }
    guard shapes["\(prefix)layer1.0.conv3.weight"] != nil else {
        switch blocks {
        case [2, 2, 2, 2]: return "resnet18"
        case [3, 4, 6, 3]: return "resnet34"
        default: return nil
        }
    }
    let depth: Int
    switch blocks {
    case [3, 4, 6, 3]: depth = 50
    case [3, 4, 23, 3]: depth = 101
    case [3, 8, 36, 3]: depth = 152
    default: return nil
    }
    // The middle convolution tells plain networks from wide and from grouped ones.
    switch (first[0], first[1]) {
    case (64, 64): return "resnet\(depth)"
    case (128, 128): return "wide_resnet\(depth)_2"
    case (let width, let group) where group > 0 && width > group && width.isMultiple(of: group):
        // 32 groups of 4 in a width of 128; 32 of 8 in 256.
        return "resnext\(depth)_\(width / group)x\(group)d"
    default: return nil
    }
}
