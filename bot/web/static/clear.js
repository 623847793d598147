(typed, last) => (last && typed.trim() === last.question.trim() ? "" : typed)
