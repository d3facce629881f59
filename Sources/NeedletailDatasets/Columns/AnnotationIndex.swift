/// Which annotations each image has: one counting sort, then a slice an image.
package struct AnnotationIndex: Sendable {
    private let starts: [Int32]
    private let rows: [Int32]

    package init(imageCount: Int, images: [Int32]) {
        var starts = [Int32](repeating: 0, count: imageCount + 1)
        for image in images { starts[Int(image) + 1] += 1 }
        for image in 0..<imageCount { starts[image + 1] += starts[image] }
        var next = starts
        var rows = [Int32](repeating: 0, count: images.count)
        for (row, image) in images.enumerated() {
            rows[Int(next[Int(image)])] = Int32(row)
            next[Int(image)] += 1
        }
        self.starts = starts
        self.rows = rows
    }

    package subscript(image: Int) -> AnnotationRows {
        AnnotationRows(rows: rows[Int(starts[image])..<Int(starts[image + 1])])
    }
}

/// The rows of one image's annotations in ``Dataset/annotations``, ascending.
public struct AnnotationRows: RandomAccessCollection, Sendable {
    @usableFromInline package let rows: ArraySlice<Int32>

    @inlinable public var startIndex: Int { rows.startIndex }
    @inlinable public var endIndex: Int { rows.endIndex }

    @inlinable public subscript(position: Int) -> Int { Int(rows[position]) }
}
