import NeedletailImages

extension Effect {
    /// Every sample by its own value, and by how often values occur.
    ///
    /// Named after torchvision's functions, and computed like them where there is one.
    static let tones: [Definition] = [
        .pixels("brightness", Setting("factor", 0.875...1.125, within: factors)) {
            $0.brightnessAdjusted(by: Float($1[0]))
        },
        .pixels("contrast", Setting("factor", 0.5...1.5, within: factors)) { $0.contrastAdjusted(by: Float($1[0])) },
        .pixels("gamma", Setting("gamma", 0.8...1.2, within: 0.05...20)) { $0.gammaAdjusted(by: $1[0]) },
        .pixels("posterize", Setting("bits", 4...4, within: 0...8, isWhole: true)) {
            $0.posterized(bits: Int($1[0]))
        },
        .pixels("solarize", Setting("threshold", 128...128, within: 0...256)) { $0.solarized(from: $1[0]) },
        .pixels("invert") { image, _ in image.solarized(from: 0) },
        .pixels("auto-contrast") { image, _ in image.autoContrasted() },
        .pixels("equalize") { image, _ in image.equalized() },
        .pixels(
            "clahe", Setting("clip", 1...4, within: 1...256), Setting("tiles", 8...8, within: 1...64, isWhole: true)
        ) { $0.locallyEqualized(clip: $1[0], tiles: Int($1[1])) },
    ]

    static let factors = 0.0...100.0
}
