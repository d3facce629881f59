/// A parameter or buffer that a model expects in a weight file.
public struct ExpectedParameter: Equatable, Sendable, CustomStringConvertible {
    /// Such as `backbone.body.layer1.0.conv1.weight`.
    public var name: String
    public var shape: [Int]

    public init(name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
    }

    public var description: String { "\(name) \(shape)" }
}

/// Which tensor of a weight file fills which parameter of a model.
///
/// Names are tried as they are, without the prefixes that wrappers add (`module.`, `_orig_mod.`, `model.`), as
/// torchvision's older detection models called them, and from a classifier into a detector's backbone or back
/// (`backbone.body.`); then behind any other prefix that many of them have. The reading that fills most parameters is taken.
public struct ParameterMapping: Sendable {
    /// What may go wrong without failing. Entries are whole names, or prefixes that end in a dot.
    public struct Allowance: Equatable, Sendable {
        /// Parameters that keep their initial values when the file lacks them, such as `head.`.
        public var missing: [String]
        /// Parameters that keep their initial values when the file's shape differs, such as the layers whose size is
        /// the number of classes.
        public var misshaped: [String]
        /// Tensors of the file, by the model's naming, that nothing needs.
        public var unexpected: [String]

        public init(missing: [String] = [], misshaped: [String] = [], unexpected: [String] = []) {
            self.missing = missing
            self.misshaped = misshaped
            self.unexpected = unexpected
        }

        /// Nothing may go wrong.
        public static let nothing = Allowance()

        static func covers(_ patterns: [String], _ name: String) -> Bool {
            patterns.contains { name == $0 || ($0.hasSuffix(".") && name.hasPrefix($0)) }
        }
    }

    public struct Assignment: Sendable {
        public fileprivate(set) var parameter: ExpectedParameter
        public let tensor: StoredTensor
    }

    /// In the model's order.
    public private(set) var assignments: [Assignment]
    /// Parameters that keep their initial values, as allowed: missing from the file.
    public private(set) var keptMissing: [ExpectedParameter]
    /// Parameters that keep their initial values, as allowed: of another shape in the file.
    public let keptMisshaped: [ParameterMismatch.Misshaped]
    /// The file's names of tensors left aside: as allowed, counters of normalisation layers, a classifier's last
    /// layer, or parts of a detector around the backbone that was asked for.
    public let unused: [String]
    /// How the file's names became the model's, such as `without 'module.'`; empty if they are the same.
    public let renaming: String

    /// Finds the tensor of every parameter.
    ///
    /// - Throws: `ParameterMismatch` naming every missing, unexpected and misshaped parameter at once, beyond what
    ///   `allowance` permits.
    public init(
        of expected: [ExpectedParameter], in checkpoint: Checkpoint, allowing allowance: Allowance = .nothing
    ) throws(ParameterMismatch) {
        let wanted = Set(expected.map(\.name))
        let reading = NameReading.best(for: checkpoint.tensors.map(\.name), wanted: wanted)
        var tensors: [String: StoredTensor] = [:]
        var unexpected: [String] = []
        var unused: [String] = []
        for (tensor, name) in zip(checkpoint.tensors, reading.names) {
            if let name, wanted.contains(name), tensors[name] == nil {
                tensors[name] = tensor
            } else if let name, !NameReading.isDispensable(name, wanted: wanted),
                !Allowance.covers(allowance.unexpected, name)
            {
                unexpected.append(tensor.name)
            } else {
                unused.append(tensor.name)
            }
        }

        var assignments: [Assignment] = []
        var missing: [ExpectedParameter] = []
        var keptMissing: [ExpectedParameter] = []
        var misshaped: [ParameterMismatch.Misshaped] = []
        var keptMisshaped: [ParameterMismatch.Misshaped] = []
        for parameter in expected {
            if let tensor = tensors[parameter.name] {
                if tensor.shape == parameter.shape {
                    assignments.append(Assignment(parameter: parameter, tensor: tensor))
                    continue
                }
                let difference = ParameterMismatch.Misshaped(parameter: parameter, shapeInFile: tensor.shape)
                if Allowance.covers(allowance.misshaped, parameter.name) {
                    keptMisshaped.append(difference)
                } else {
                    misshaped.append(difference)
                }
            } else if Allowance.covers(allowance.missing, parameter.name) {
                keptMissing.append(parameter)
            } else {
                missing.append(parameter)
            }
        }
        // Nothing at all in common is an error even where everything may be missing: the wrong file was named.
        let isForeign = !expected.isEmpty && assignments.isEmpty && misshaped.isEmpty && keptMisshaped.isEmpty
        guard missing.isEmpty, unexpected.isEmpty, misshaped.isEmpty, !isForeign else {
            throw ParameterMismatch(
                path: checkpoint.path, missing: isForeign ? missing + keptMissing : missing, unexpected: unexpected,
                misshaped: misshaped, likelyArchitecture: CheckpointArchitecture(checkpoint)?.description,
                fitsNothing: isForeign)
        }
        self.assignments = assignments
        self.keptMissing = keptMissing
        self.keptMisshaped = keptMisshaped
        self.unused = unused
        renaming = reading.description
    }

    /// The same with other names of the parameters, where a file was looked through by names that are not the model's.
    public func renamed(_ name: (String) -> String) -> ParameterMapping {
        var mapping = self
        for index in assignments.indices {
            mapping.assignments[index].parameter.name = name(assignments[index].parameter.name)
        }
        for index in keptMissing.indices { mapping.keptMissing[index].name = name(keptMissing[index].name) }
        return mapping
    }
}
