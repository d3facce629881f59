import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailProcesses

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

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
        self.init(datasets)
        let paths = paths
        facts = Self.find(count: paths.count, atOnce: Self.batch, progress) {
            Self.look(at: paths[$0], readsHeadersOnly: readsHeadersOnly)
        }
    }

    /// - Parameter group: Processes that look into a part of the files each.
    /// - Throws: `ProcessError`
    init(
        _ datasets: [Dataset], readsHeadersOnly: Bool, group: any ProcessGroup, progress: (Int, Int) -> Void
    ) throws(ProcessError) {
        self.init(datasets)
        let paths = paths
        // Each is to have its place in the list of all.
        let sum = paths.joined(separator: "\n").utf8.reduce(UInt64(paths.count)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        try group.requireSame(["image files": "\(paths.count) with the sum \(String(sum, radix: 16))"])
        facts = try Self.find(count: paths.count, atOnce: Self.batch * group.count, progress) {
            files throws(ProcessError) in
            let own = group.share(of: files, rank: group.rank)
            return try Self.gathered(Self.look(at: paths[own], readsHeadersOnly: readsHeadersOnly), in: group)
        }
    }

    private init(_ datasets: [Dataset]) {
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
    }

    /// Small enough for progress that moves, large enough for all cores.
    private static let batch = 64

    private static func find<Failure: Error>(
        count: Int, atOnce batch: Int, _ progress: (Int, Int) -> Void,
        _ look: (Range<Int>) throws(Failure) -> [PictureFacts]
    ) throws(Failure) -> [PictureFacts] {
        var facts: [PictureFacts] = []
        facts.reserveCapacity(count)
        while facts.count < count {
            facts += try look(facts.count..<min(facts.count + batch, count))
            progress(facts.count, count)
        }
        return facts
    }

    private static func look(at paths: ArraySlice<String>, readsHeadersOnly: Bool) -> [PictureFacts] {
        concurrentMap(paths.count) {
            let path = paths[paths.startIndex + $0]
            return readsHeadersOnly ? PictureFacts(headerOf: path) : PictureFacts(path: path)
        }
    }

    /// What all processes have found, in order of the files.
    private static func gathered(
        _ own: [PictureFacts], in group: any ProcessGroup
    ) throws(ProcessError) -> [PictureFacts] {
        guard !group.isAlone else { return own }
        var message = Message()
        // Numbers alone, and texts: all of it can be written.
        message.append(String(decoding: (try? JSONEncoder().encode(own)) ?? Data(), as: UTF8.self))
        var all: [PictureFacts] = []
        for var answer in try group.gather(message) {
            guard
                let facts = try? JSONDecoder().decode([PictureFacts].self, from: Data(answer.nextString().utf8))
            else {
                throw ProcessError(
                    .differences, problem: "what another process has found in images cannot be read",
                    remedy: "Start all of them with the same program.")
            }
            all += facts
        }
        return all
    }

    /// What the header of an image's file says; nil when it was not read or is no good.
    func information(ofImage row: Int, in subject: Int) -> ImageInformation? {
        places.isEmpty ? nil : facts[places[subject][row]].information
    }
}
