import NeedletailGeometry

/// A map of the plane through which an image is seen, in both directions. In pixels, their centres at halves.
protocol Warp {
    /// Whether lines stay lines, so that corners say where a box goes.
    var keepsLines: Bool { get }

    /// Where the pixels of a row of the result come from.
    func sources(ofRow y: Int, into places: UnsafeMutableBufferPointer<SIMD2<Float>>)

    /// Where a point of the image comes to lie.
    func target(_ x: Double, _ y: Double) -> (x: Double, y: Double)
}

extension Warp {
    /// The smallest upright box around a mapped box: around its corners where lines stay lines, else around points of
    /// its edges that are at most four pixels apart.
    func apply(_ box: Box) -> Box {
        func parts(_ length: Double) -> Int { keepsLines ? 1 : min(max(Int((length / 4).rounded(.up)), 8), 2000) }
        var (left, top) = target(box.x, box.y)
        var (right, bottom) = (left, top)
        func add(_ x: Double, _ y: Double) {
            let point = target(x, y)
            (left, right) = (min(left, point.x), max(right, point.x))
            (top, bottom) = (min(top, point.y), max(bottom, point.y))
        }
        let across = parts(box.width), down = parts(box.height)
        for k in 0...across {
            let x = box.x + box.width * Double(k) / Double(across)
            add(x, box.y)
            add(x, box.y2)
        }
        for k in 0...down {
            let y = box.y + box.height * Double(k) / Double(down)
            add(box.x, y)
            add(box.x2, y)
        }
        return Box(x1: left, y1: top, x2: right, y2: bottom)
    }
}
