/// Which network of layers one behind the other weights are of; nil for none that is known.
func layeredNetwork(_ shapes: [String: [Int]], under prefix: String) -> String? {
    func shape(_ name: String) -> [Int]? { shapes[prefix + name] }

    if let stem = shape("stage1.0.0.weight"), stem.count == 4, shape("stage2.5.3.weight") != nil,
        shape("stage3.1.3.weight") != nil
    {
        return stem[0] == 32 ? "mobilenet-v1" : "mobilenet-v1-\(Double(stem[0]) / 32)"
    }
    if shape("_conv_stem.weight") == [32, 3, 3, 3], shape("_blocks.15._project_conv.weight") == [320, 1152, 1, 1],
        shape("_blocks.16._project_conv.weight") == nil, shape("_blocks.0._se_reduce.weight") == nil
    {
        return "efficientnet-lite0"
    }
    /// Whether a layer has a shape or, in an SSDLite, half the channels, as its last blocks may have.
    func isLast(_ name: String, _ whole: [Int]) -> Bool {
        guard let found = shape(name) else { return false }
        return found == whole
            || (shape("extra.0.0.0.weight") != nil && found == [whole[0] / 2, whole[1] / 2] + whole.dropFirst(2))
    }
    switch shape("features.0.0.weight") {
    case [32, 3, 3, 3]? where shape("features.18.0.weight") == [1280, 320, 1, 1]: return "mobilenet-v2"
    case [16, 3, 3, 3]? where isLast("features.12.0.weight", [576, 96, 1, 1]): return "mobilenet-v3-small"
    case [16, 3, 3, 3]? where isLast("features.16.0.weight", [960, 160, 1, 1]): return "mobilenet-v3-large"
    default: break
    }
    switch shape("features.0.weight") {
    case [64, 3, 3, 3]?:
        let depth = (0..<64).count { shape("features.\($0).weight")?.count == 4 } + 3
        guard [11, 13, 16, 19].contains(depth) else { return nil }
        return "vgg\(depth)" + (shape("features.1.running_mean") == nil ? "" : "-bn")
    case [64, 3, 11, 11]?: return "alexnet"
    case [96, 3, 11, 11]?: return "alexnet-published"
    case [6, 1, 5, 5]?: return "lenet5"
    default: return shape("classifier.0.weight") == [256, 784] ? "perceptron" : nil
    }
}
