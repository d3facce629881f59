extension Classifier {
    /// What a classifier file says about itself beside its weights.
    public struct Configuration: Codable, Hashable, Sendable {
        /// What images show.
        public enum Output: String, Codable, Sendable {
            /// One of the classes: probabilities are a softmax.
            case oneClass
            /// Any number of them: each has a probability of its own, a sigmoid.
            case anyClasses
        }

        public var architecture: AnyBackboneArchitecture
        /// Names, in the order of the network's outputs.
        public var classes: [String]
        public var output: Output
        public var transform: InputTransform
        /// Of the numbers of its images; the map itself lies in the file as tensors.
        public var whitening: Whitening.Kind?

        public init(
            architecture: AnyBackboneArchitecture, classes: [String], output: Output = .oneClass,
            transform: InputTransform = InputTransform(), whitening: Whitening.Kind? = nil
        ) {
            self.architecture = architecture
            self.classes = classes
            self.output = output
            self.transform = transform
            self.whitening = whitening
        }
    }
}
