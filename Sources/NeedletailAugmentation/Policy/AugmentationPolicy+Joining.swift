extension AugmentationPolicy {
    /// The names of the steps that join an image with others of its dataset.
    public var joiningOperations: [String] {
        func names(_ steps: [AugmentationStep]) -> [String] {
            steps.flatMap { step -> [String] in
                switch step.kind {
                case .mosaic: ["mosaic"]
                case .mixUp: ["mix-up"]
                case .copyPaste: ["copy-paste"]
                case .choice(let steps, _): names(steps)
                default: []
                }
            }
        }
        return names(steps)
    }
}
