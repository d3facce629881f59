/// The names of an SSD's weights with those of the backbone as its classifier has them; all others as they are.
///
/// torchvision cuts the backbone where the first map is taken: a VGG's upper layers are `extra.0.…`, and a MobileNetV3 is
/// `features.0.…` and `features.1.…`, cut within a block.
func withClassifierNames(_ shapes: [String: [Int]]) -> [String: [Int]] {
    func prefix(before ending: String) -> String? {
        shapes.keys.first { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
    }
    let rename: (Substring) -> String?
    let place: String
    if let found = prefix(before: "backbone.scale_weight") {
        place = found + "backbone."
        // Which number exactly tells nothing: the layers are counted.
        rename = { name in numbered(name, under: "extra.0.").map { "features.\(40 + $0.number).\($0.rest)" } }
    } else if let found = prefix(before: "backbone.features.1.0.1.0.weight") {
        place = found + "backbone."
        guard let cut = (0..<64).first(where: { shapes["\(place)features.0.\($0).0.weight"]?.count == 4 && $0 > 0 })
        else { return shapes }
        rename = { name in
            if let part = numbered(name, under: "features.1.0.") {
                return "features.\(cut).block.\(part.number).\(part.rest)"
            }
            if let layer = numbered(name, under: "features.1.") {
                return "features.\(cut + layer.number).\(layer.rest)"
            }
            return numbered(name, under: "features.0.").map { layer in
                layer.number == cut ? "features.\(cut).block.0.\(layer.rest)" : "features.\(layer.number).\(layer.rest)"
            }
        }
    } else {
        return shapes
    }
    return Dictionary(
        shapes.map { name, shape in
            guard name.hasPrefix(place), let renamed = rename(name.dropFirst(place.count)) else { return (name, shape) }
            return (place + renamed, shape)
        }, uniquingKeysWith: { first, _ in first })
}

/// The number behind a beginning, and what stands behind it.
private func numbered(_ name: Substring, under prefix: String) -> (number: Int, rest: Substring)? {
    guard name.hasPrefix(prefix) else { return nil }
    let parts = name.dropFirst(prefix.count).split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let number = Int(parts[0]), (0..<1000).contains(number) else { return nil }
    return (number, parts[1])
}
