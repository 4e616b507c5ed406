"""Kept sentences 常用语: a person's own and the school's, offered for a case with its facts filled in."""

from workflow.cases.sentences.offered import SentenceOffered, offered

__all__ = ["SentenceOffered", "offered"]
