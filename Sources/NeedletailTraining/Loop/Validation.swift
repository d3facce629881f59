import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

/// Measures a model after every epoch.
public protocol Validation<M> {
    associatedtype M: Model

    /// What is measured, the metric that decides which epoch is best first.
    static var metrics: [Metric.Name] { get }

    /// - Parameters:
    ///   - group: The processes that share the images; all have the same scores, but for the time.
    ///   - progress: Is told how many images of how many are done; returning false stops.
    /// - Returns: Nil when it was stopped.
    func scores(
        of model: M, pool: ThreadPool, group: any ProcessGroup, progress: (Int, Int) -> Bool
    ) throws -> ValidationScores?
}

/// What a validation has found.
public struct ValidationScores: Sendable {
    /// In the order of ``Validation/metrics``.
    public var values: [Double]
    public var seconds: Double
    /// Why images could not be used.
    public var failures: [String]
    /// The mean of each term of the loss over the images, in the order of ``Model/lossTerms``; empty where it was not
    /// measured.
    public var losses: [Double]

    public init(values: [Double], seconds: Double, failures: [String] = [], losses: [Double] = []) {
        self.values = values
        self.seconds = seconds
        self.failures = failures
        self.losses = losses
    }
}

/// A number that tells how good a model is; of one that decides, the greater is the better.
public struct Metric: Codable, Hashable, Sendable {
    public struct Name: Codable, Hashable, Sendable {
        /// In JSON, such as `averagePrecision`.
        public var key: String
        /// In tables and charts, such as `AP`.
        public var title: String

        public init(key: String, title: String) {
            self.key = key
            self.title = title
        }
    }

    public var name: Name
    public var value: Double

    public init(name: Name, value: Double) {
        self.name = name
        self.value = value
    }
}
