/// A kind of drawn object, told apart by its outline and its texture together.
///
/// Several share an outline (the two balls, the target) or nearly do (gear and flower, leaf and fish), and
/// colours say nothing, so neither outline, texture nor colour alone tells the kind.
public enum ShapeKind: Int, Hashable, Sendable, CaseIterable {
    case gear, flower, stripedBall, spottedBall, leaf, fish
    case star, ring, crate, nut, heart, crescent, drop, arrow, cross, brick, tile, target, mushroom, bottle

    public var name: String {
        switch self {
        case .stripedBall: "striped ball"
        case .spottedBall: "spotted ball"
        default: "\(self)"
        }
    }
}
