import NeedletailProcesses

extension PictureWriter.Outcome {
    /// What all processes have written.
    func gathered(by group: any ProcessGroup) throws(ProcessError) -> Self {
        guard !group.isAlone else { return self }
        var message = Message()
        message.append(written)
        message.append(boxes)
        message.append(cuts)
        message.append(missing) { $0.append($1) }
        message.append(reason.map { [$0] } ?? []) { $0.append($1) }
        var all = Self()
        for var answer in try group.gather(message) {
            all.written += answer.nextInt()
            all.boxes += answer.nextInt()
            all.cuts += answer.nextInt()
            all.missing += answer.nextArray { $0.nextString() }
            let reason = answer.nextArray { $0.nextString() }.first
            all.reason = all.reason ?? reason
        }
        return all
    }
}
