import NeedletailCheckpoints
import NeedletailGraph

/// What its lists of places are: numbers put around, one number repeated, even steps, or places one by one.
extension IndexedRead: ONNXRankOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let sizes = site.inputTypes[0].shape.dimensions
        var value = site.inputs[0]
        var lists: [[Int]?] = axes
        value = pad(value, &lists, sizes, at: site)
        value = expand(value, &lists, sizes, at: site)
        value = enlarge(value, &lists, sizes, at: site)
        value = slice(value, &lists, sizes, at: site)
        for (axis, list) in lists.enumerated() {
            guard let list else { continue }
            let place = site.axes.place(of: axis)
            guard list.contains(-1) else {
                value = site.writer.gather(value, list, axis: place, named: site.name)
                continue
            }
            // One place more, which holds the filling.
            var end = [Int](repeating: 0, count: sizes.count)
            end[axis] = 1
            value = pad(value, before: [Int](repeating: 0, count: sizes.count), behind: end, at: site)
            value = site.writer.gather(
                value, list.map { $0 < 0 ? sizes[axis] : $0 }, axis: place, named: site.name)
        }
        return [value]
    }

    /// - Parameters: Numbers to be added, by the graph's axes.
    private func pad(_ value: String, before: [Int], behind: [Int], at site: ONNXSite) -> String {
        let pads = site.writer.integers(
            site.axes.arranged(before) + site.axes.arranged(behind), named: site.name + "/pads")
        return site.node("Pad", [value, pads, site.writer.float(fill, named: site.name + "/fill")])
    }

    /// Axes that are whole, with numbers around.
    private func pad(_ value: String, _ lists: inout [[Int]?], _ sizes: [Int], at site: ONNXSite) -> String {
        var before = [Int](repeating: 0, count: sizes.count), behind = before
        for (axis, size) in sizes.enumerated() {
            guard let list = lists[axis], list.contains(-1) else { continue }
            let start = list.prefix { $0 == -1 }.count
            let end = list.count - start - size
            let filling = { (count: Int) in [Int](repeating: -1, count: count) }
            guard end >= 0, list == filling(start) + Array(0..<size) + filling(end) else { continue }
            (before[axis], behind[axis]) = (start, end)
            lists[axis] = nil
        }
        return (before + behind).contains { $0 > 0 } ? pad(value, before: before, behind: behind, at: site) : value
    }

    /// Axes with one place, which is read again and again.
    private func expand(_ value: String, _ lists: inout [[Int]?], _ sizes: [Int], at site: ONNXSite) -> String {
        var shape = [Int](repeating: 1, count: sizes.count)
        for (axis, size) in sizes.enumerated() where size == 1 {
            guard let list = lists[axis], list.count > 1, list.allSatisfy({ $0 == 0 }) else { continue }
            shape[axis] = list.count
            lists[axis] = nil
        }
        guard shape.contains(where: { $0 > 1 }) else { return value }
        let wanted = site.writer.integers(site.axes.arranged(shape), named: site.name + "/shape")
        return site.node("Expand", [value, wanted])
    }

    /// Rows and columns of maps, each several times: the nearest pixel of a larger map.
    private func enlarge(_ value: String, _ lists: inout [[Int]?], _ sizes: [Int], at site: ONNXSite) -> String {
        guard sizes.count == 4, site.axes == .channelsSecond(4) else { return value }
        var scales = [Float](repeating: 1, count: 4)
        for axis in 1...2 {
            guard let list = lists[axis], list.count > sizes[axis], list.count.isMultiple(of: sizes[axis]),
                case let factor = list.count / sizes[axis], list == (0..<list.count).map({ $0 / factor })
            else { continue }
            scales[axis] = Float(factor)
            lists[axis] = nil
        }
        guard scales != [1, 1, 1, 1] else { return value }
        let factors = site.writer.floats(site.axes.arranged(scales), [4], named: site.name + "/scales")
        return site.node(
            "Resize", [value, "", factors],
            [
                "mode": .text("nearest"), "coordinate_transformation_mode": .text("asymmetric"),
                "nearest_mode": .text("floor"),
            ])
    }

    /// Places in even steps.
    private func slice(_ value: String, _ lists: inout [[Int]?], _ sizes: [Int], at site: ONNXSite) -> String {
        var places: [Int] = [], starts: [Int] = [], ends: [Int] = [], steps: [Int] = []
        for (axis, size) in sizes.enumerated() {
            guard let list = lists[axis], let first = list.first, let last = list.last, !list.contains(-1),
                case let step = list.count > 1 ? list[1] - first : 1, step != 0,
                list == (0..<list.count).map({ first + $0 * step })
            else { continue }
            places.append(site.axes.place(of: axis))
            starts.append(first)
            // An end before the first place counts from behind.
            ends.append(step > 0 ? last + 1 : last > 0 ? last - 1 : -size - 1)
            steps.append(step)
            lists[axis] = nil
        }
        guard !places.isEmpty else { return value }
        return site.writer.slice(
            value, axes: places, from: starts, to: ends, steps: steps.allSatisfy { $0 == 1 } ? nil : steps,
            named: site.name)
    }
}
