/// A set of whole numbers that lie in clusters, as the identifiers of a file do: one bit each, in pages of 65,536.
///
/// COCO's own identifiers of single objects and of crowds lie 900 billion apart and fill fewer than fifty pages.
struct IntegerSet {
    private static let pageBits = 16
    private static let wordsPerPage = 1 << (pageBits - 6)

    private var words: [UInt64] = []
    /// Where in ``words`` the page of a number begins, by the number's upper bits.
    private var pages: [Int: Int] = [:]
    private let pageLimit: Int
    private var latest = (page: 0, start: -1)
    /// Whether a number was refused because it needed a page too many; what the set says is then of no use.
    private(set) var isOverfull = false

    /// - Parameter pageLimit: How many pages of eight kilobytes there may be.
    package init(pageLimit: Int) {
        self.pageLimit = pageLimit
    }

    /// Returns whether the number is new.
    package mutating func insert(_ number: Int) -> Bool {
        let page = number >> Self.pageBits
        if latest.start < 0 || latest.page != page {
            guard let start = start(of: page) else { return true }
            latest = (page, start)
        }
        let word = latest.start + (number & (1 << Self.pageBits - 1)) >> 6
        let bit: UInt64 = 1 << UInt64(number & 63)
        defer { words[word] |= bit }
        return words[word] & bit == 0
    }

    private mutating func start(of page: Int) -> Int? {
        if let start = pages[page] { return start }
        guard !isOverfull, pages.count < pageLimit else {
            isOverfull = true
            return nil
        }
        let start = words.count
        pages[page] = start
        words.append(contentsOf: repeatElement(0, count: Self.wordsPerPage))
        return start
    }
}
