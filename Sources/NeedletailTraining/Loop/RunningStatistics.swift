import NeedletailGraph
import NeedletailRuntime

/// The statistics that a forward pass of training changes, kept so that a step can be undone.
struct RunningStatistics {
    private var kept: [(parameter: Parameter, version: Int, values: [Float])] = []

    /// Keeps the statistics as they are. There are a few numbers a channel, so this costs nothing beside a step.
    init(of parameters: ParameterStore) {
        for parameter in parameters.parameters where parameter.role == .statistic {
            let values = Array(parameter.values)
            kept.append((parameter, parameter.version, values))
        }
    }

    /// Puts back what has been changed since.
    func restore() {
        for (parameter, version, values) in kept where parameter.version != version {
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
    }
}

extension ParameterStore {
    /// The name of the first parameter that holds something else than finite numbers.
    var firstNonFinite: String? {
        parameters.first { !$0.values.areFinite }?.name
    }
}
