import NeedletailGeometry
import Testing

@Suite struct PolygonFillingTests {
    private func filled(_ points: [Double], _ width: Int, _ height: Int) -> [String] {
        var rows = [[Character]](repeating: Array(repeating: ".", count: width), count: height)
        forEachRun(inPolygon: points, width: width, height: height) { row, columns in
            for column in columns { rows[row][column] = "#" }
        }
        return rows.map { String($0) }
    }

    @Test func centersDecide() {
        // From 0.5 on a centre is inside, to 2.5 it is no more.
        #expect(filled([0.5, 0.4, 2.5, 0.4, 2.5, 1.6, 0.5, 1.6], 4, 3) == ["##..", "##..", "...."])
        // A right angle at (0, 0) with legs of 4: of row 0 (y = .5) centres below 3.5, the fourth is not.
        #expect(filled([0, 0, 4, 0, 0, 4], 4, 4) == ["###.", "##..", "#...", "...."])
    }

    @Test func holesAndWhatLiesOutside() {
        let ring: [Double] = [0, 0, 3, 0, 3, 3, 0, 3, 0, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 0, 1]
        #expect(filled(ring, 3, 3) == ["###", "#.#", "###"])
        #expect(filled([-1e9, -5, 1e9, -5, 1e9, 1.2, -1e9, 1.2], 2, 3) == ["##", "..", ".."])
        #expect(filled([5, 5, 9, 5, 9, 9], 2, 2) == ["..", ".."])
    }

    @Test(arguments: [[], [1, 1, 2, 2], [0, 0, 2, 0, .nan, 2], [0, 0, .infinity, 0, 1, 2], [0, 0, 2, 0, 1, 0]])
    func whatEnclosesNothing(_ points: [Double]) {
        #expect(filled(points, 2, 2) == ["..", ".."])
    }
}
