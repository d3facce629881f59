/// The encoding that a text that is not UTF-8 is most likely in.
///
/// For each candidate the characters beyond ASCII are counted, and how many of them are what texts in it mostly consist of:
/// the more frequent half of Chinese characters, kana, Hangul, letters beside letters. The one with the greatest share is
/// taken. A guess, since all of them give most bytes a meaning; too little text is not told apart.
struct EncodingGuess {
    /// As `iconv` calls it.
    let name: String
    let description: String

    private struct Candidate: Sendable {
        let name: String
        let language: String
        /// How many bytes the character at a place takes and how typical it is, 0 to 1; nil where there can be none.
        let character: @Sendable (ArraySlice<UInt8>) -> (count: Int, typical: Double)?
        /// With fewer characters the candidate is not considered.
        var least = 1
    }

    /// How much of the text is looked at.
    private static let sampleSize = 1 << 16

    /// - Parameter offset: Where the first byte stands that is not UTF-8.
    init?(_ text: UnsafeBufferPointer<UInt8>, from offset: Int) {
        // The word before the byte as well.
        let sample = Array(text[max(0, offset - 8)..<min(text.count, offset + Self.sampleSize)])
        var best: (candidate: Candidate, share: Double)?
        for candidate in Self.candidates {
            guard let share = Self.share(candidate, in: sample), share > (best?.share ?? 0.5) else { continue }
            best = (candidate, share)
        }
        guard let best else { return nil }
        name = best.candidate.name
        description = "\(name) (\(best.candidate.language))"
    }

    /// The share of typical characters among those beyond ASCII; nil when the text cannot be in the encoding.
    private static func share(_ candidate: Candidate, in sample: [UInt8]) -> Double? {
        var place = 0
        var count = 0.0
        var typical = 0.0
        while place < sample.count {
            guard sample[place] >= 0x80 else {
                place += 1
                continue
            }
            guard let character = candidate.character(sample[place...]) else {
                // The sample may begin or end inside a character.
                if place < 8 || place + 4 > sample.count {
                    place += 1
                    continue
                }
                return nil
            }
            count += 1
            typical += character.typical
            place += character.count
        }
        return count >= Double(candidate.least) ? typical / count : nil
    }

    private static let candidates = [
        Candidate(name: "CP949", language: "Korean", character: korean, least: 6),
        Candidate(name: "GB18030", language: "Chinese", character: chinese),
        Candidate(name: "BIG5", language: "Chinese", character: traditionalChinese),
        Candidate(name: "CP932", language: "Japanese, Shift_JIS", character: japanese),
        Candidate(name: "WINDOWS-1251", language: "Cyrillic", character: cyrillic),
        Candidate(name: "WINDOWS-1252", language: "Western European", character: western),
    ]

    private static func pair(_ bytes: ArraySlice<UInt8>) -> (lead: UInt8, trail: UInt8)? {
        guard let lead = bytes.first, let trail = bytes.dropFirst().first else { return nil }
        return (lead, trail)
    }

    @Sendable private static func chinese(_ bytes: ArraySlice<UInt8>) -> (count: Int, typical: Double)? {
        guard let (lead, trail) = pair(bytes), (0x81...0xFE).contains(lead) else { return nil }
        if (0x30...0x39).contains(trail) { return (4, 0) }
        guard trail >= 0x40, trail != 0x7F, trail != 0xFF else { return nil }
        return (2, (0xB0...0xD7).contains(lead) && trail >= 0xA1 ? 1 : 0)
    }

    @Sendable private static func traditionalChinese(_ bytes: ArraySlice<UInt8>) -> (count: Int, typical: Double)? {
        guard let (lead, trail) = pair(bytes), (0x81...0xFE).contains(lead),
            (0x40...0x7E).contains(trail) || (0xA1...0xFE).contains(trail)
        else { return nil }
        return (2, (0xA4...0xC6).contains(lead) ? 1 : 0)
    }

    @Sendable private static func japanese(_ bytes: ArraySlice<UInt8>) -> (count: Int, typical: Double)? {
        guard let lead = bytes.first else { return nil }
        if (0xA1...0xDF).contains(lead) { return (1, 0.4) }
        guard (0x81...0x9F).contains(lead) || (0xE0...0xFC).contains(lead), let trail = bytes.dropFirst().first,
            trail >= 0x40, trail != 0x7F, trail <= 0xFC
        else { return nil }
        return (2, (0x82...0x83).contains(lead) || (0x88...0x97).contains(lead) ? 1 : lead == 0x81 ? 0.5 : 0)
    }

    @Sendable private static func korean(_ bytes: ArraySlice<UInt8>) -> (count: Int, typical: Double)? {
        guard let (lead, trail) = pair(bytes), (0xA1...0xFE).contains(lead), (0xA1...0xFE).contains(trail) else {
            return nil
        }
        return (2, (0xB0...0xC8).contains(lead) ? 1 : 0)
    }

    /// Letters come in words.
    @Sendable private static func cyrillic(_ bytes: ArraySlice<UInt8>) -> (count: Int, typical: Double)? {
        func isLetter(_ byte: UInt8) -> Bool { byte >= 0xC0 || byte == 0xA8 || byte == 0xB8 }
        let word = bytes.prefix { isLetter($0) }
        return word.isEmpty ? (1, 0) : (word.count, word.count > 1 ? 1 : 0)
    }

    /// Single letters with an accent stand among plain ones.
    @Sendable private static func western(_ bytes: ArraySlice<UInt8>) -> (count: Int, typical: Double)? {
        let run = bytes.prefix { $0 >= 0x80 }
        guard !run.contains(where: { [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains($0) }) else { return nil }
        return (run.count, run.count == 1 ? 0.95 : run.count == 2 ? 0.55 : 0)
    }
}
