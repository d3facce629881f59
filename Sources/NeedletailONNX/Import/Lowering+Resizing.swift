import NeedletailGraph
import NeedletailKernels

extension Lowering {
    private static let resize: Rule = { request, builder in
        guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let plan = try Interpreter.resizePlan(evaluation, of: value.shape)
        guard !plan.shape.contains(0) else { return nil }
        // Nearest neighbours along any axes are places that are read.
        if plan.tables.allSatisfy({ $0?.taps.allSatisfy { $0.count == 1 && $0[0].weight == 1 } ?? true }) {
            let axes = plan.tables.map { table in table.map { $0.taps.map { $0[0].place } } }
            return [read(value, axes, name: request.name, &builder)]
        }
        guard value.rank == 4, plan.tables[0] == nil, plan.tables[1] == nil,
            !plan.tables.contains(where: { $0?.taps.contains(where: \.isEmpty) ?? false })
        else { return nil }
        func taps(_ axis: Int) -> ResamplingTaps {
            plan.tables[axis].map { ResamplingTaps(taps: $0.taps) } ?? ResamplingTaps(unchanged: value.shape[axis])
        }
        let lying = builder.channelsLast(value)
        return [
            builder.append(
                Resampling(rows: taps(2), columns: taps(3)), [lying], shape: plan.shape, order: lying.order,
                name: request.name)
        ]
    }

    static let resizing: [String: Rule] = ["Resize": resize, "Upsample": resize]
}
