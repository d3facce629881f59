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

        /// Classes that there may be.
        public static let mostClasses = 65_536

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

        /// - Throws: `DecodingError` where the parts do not fit one another.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            architecture = try container.decode(AnyBackboneArchitecture.self, forKey: .architecture)
            classes = try container.decode([String].self, forKey: .classes)
            output = try container.decode(Output.self, forKey: .output)
            transform = try container.decode(InputTransform.self, forKey: .transform)
            whitening = try container.decodeIfPresent(Whitening.Kind.self, forKey: .whitening)
            let text = architecture.architecture as? TextNetwork
            guard (1...Self.mostClasses).contains(classes.count), text?.admits(classCount: classes.count) ?? true else {
                throw container.refusal(.classes, "are \(classes.count), and no network has so many")
            }
            guard transform.channels == architecture.architecture.inputChannels else {
                throw container.refusal(.transform, "makes other images than the network reads")
            }
        }
    }
}
