/// The order in which the characters of a line stand from left to right.
enum WrittenOrder {
    /// Letters that are written from right to left are put into that order, run by run, with what stands between them; numbers
    /// and other letters stay as they are. Arabic letters take the forms in which they are joined.
    ///
    /// - Parameter isThere: Whether a form can be drawn; a letter stays as it is where it cannot.
    static func visual(_ text: String, isThere: (Character) -> Bool) -> [Character] {
        let characters = Array(text)
        guard characters.contains(where: isRightToLeft) else { return characters }
        var result: [Character] = []
        var start = 0
        while start < characters.count {
            guard isRightToLeft(characters[start]) else {
                result.append(characters[start])
                start += 1
                continue
            }
            var end = start + 1, next = end
            while next < characters.count, isRightToLeft(characters[next]) || isNeutral(characters[next]) {
                next += 1
                if isRightToLeft(characters[next - 1]) { end = next }
            }
            result += ArabicForms.joined(Array(characters[start..<end]), isThere: isThere).reversed()
            start = end
        }
        return result
    }

    private static func isRightToLeft(_ character: Character) -> Bool {
        guard let value = character.unicodeScalars.first?.value else { return false }
        return (0x590...0x8FF).contains(value) && !(0x660...0x669).contains(value) && !(0x6F0...0x6F9).contains(value)
            || (0xFB1D...0xFDFF).contains(value) || (0xFE70...0xFEFC).contains(value)
    }

    private static func isNeutral(_ character: Character) -> Bool {
        character.isWhitespace || character.isPunctuation || character.isSymbol
    }
}
