extension AugmentationPolicy {
    /// A policy by name.
    public enum Preset: String, Hashable, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// Mirrored left to right, every other time.
        case flip
        /// Small changes of colour and place, for short runs.
        case light
        /// SSD's crops and colours, milder.
        case standard
        /// Joined images and coarse changes too, for long runs on few images.
        case strong

        /// In the form of ``AugmentationPolicy/init(text:)``.
        public var text: String {
            switch self {
            case .none: ""
            case .flip: "flip-horizontal p=0.5\n"
            case .light:
                """
                flip-horizontal p=0.5
                affine p=0.5 angle=0 x=-0.05..0.05 y=-0.05..0.05 scale=0.9..1.15 shear=0
                brightness p=0.5 factor=0.85..1.15
                contrast p=0.5 factor=0.85..1.15
                saturation p=0.5 factor=0.8..1.2

                """
            case .standard:
                """
                flip-horizontal p=0.5
                brightness p=0.5 factor=0.8..1.2
                contrast p=0.5 factor=0.7..1.3
                saturation p=0.5 factor=0.7..1.3
                hue p=0.3 shift=-0.03..0.03
                zoom-out p=0.2 side=1..1.6
                crop p=0.6 scale=0.5..1
                frame
                affine p=0.3 angle=-5..5 x=-0.05..0.05 y=-0.05..0.05 scale=0.85..1.2 shear=0

                """
            case .strong:
                """
                mosaic p=0.3 scale=0.6..1.1
                copy-paste p=0.15
                mix-up p=0.1
                flip-horizontal p=0.5
                brightness p=0.5 factor=0.6..1.4
                contrast p=0.5 factor=0.5..1.5
                saturation p=0.5 factor=0.5..1.5
                hue p=0.5 shift=-0.05..0.05
                grey p=0.05
                zoom-out p=0.2 side=1..2
                crop p=0.6 scale=0.4..1
                frame
                affine p=0.4 angle=-10..10 x=-0.1..0.1 y=-0.1..0.1 scale=0.7..1.3 shear=-3..3
                blur p=0.1 deviation=0.3..1.5
                noise p=0.1
                jpeg p=0.1
                cut-out p=0.1

                """
            }
        }
    }

    public init(_ preset: Preset) {
        do {
            self = try AugmentationPolicy(text: preset.text)
        } catch {
            preconditionFailure("the policy \(preset) cannot be read: \(error)")
        }
    }
}
