import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages

/// The image files of several datasets, each looked into once.
struct CheckedPictures: Sendable {
    private(set) var paths: [String] = []
    private(set) var facts: [PictureFacts] = []
    /// For each dataset and image, the place of its file in the lists.
    private(set) var places: [[Int]] = []

    init() {}

    /// - Parameters:
    ///   - readsHeadersOnly: Whether no pixels are decoded.
    ///   - progress: Called with how many files of how many are done.
    init(_ datasets: [Dataset], readsHeadersOnly: Bool = false, progress: (Int, Int) -> Void) {
        var known: [String: Int] = [:]
        for dataset in datasets {
            places.append(
                (0..<dataset.images.count).map { image in
                    let path = dataset.imagePath(ofImage: image)
                    if let place = known[path] { return place }
                    known[path] = paths.count
                    paths.append(path)
                    return paths.count - 1
                })
        }
        facts.reserveCapacity(paths.count)
        // Small enough for progress that moves, large enough for all cores.
        let batch = 64
        var start = 0
        while start < paths.count {
            let end = min(start + batch, paths.count)
            facts += concurrentMap(end - start) {
                readsHeadersOnly
                    ? PictureFacts(headerOf: paths[start + $0]) : PictureFacts(path: paths[start + $0])
            }
            start = end
            progress(start, paths.count)
        }
    }

    /// What the header of an image's file says; nil when it was not read or is no good.
    func information(ofImage row: Int, in subject: Int) -> ImageInformation? {
        places.isEmpty ? nil : facts[places[subject][row]].information
    }
}
