"""What an archive says of itself: what is where, and how anybody checks it without us."""

from __future__ import annotations

CONTENTS = """<h2>怎样核对 <span lang="en">How to check it</span></h2>
<p>见 <a href="README.txt">README.txt</a>；每个文件的摘要在 <a href="SHA256SUMS">SHA256SUMS</a>。</p>
"""

CHECKING = """\
这是什么
========

一次学籍信息自查活动的归档。打开 index.html 就是目录；不需要网络，也不需要原来的系统。

  index.html              目录
  lists/                  学生名单、更正事项、不计入的学生、各学院签认、文书、材料摘要、核验记录、办理人员、
                          规则文本：每份都有网页（.html）和表格（.csv，UTF-8）
  letters/                每份文书，可以打印
  cards/                  学籍卡，一个班级一个文件，可以打印（提出归档时勾选了才有）
  bulletins/              已发布的通报：发布时的原始字节（.json）和网页
  history/entries.jsonl   流转记录的原始字节：一行一条，换行符之外就是当时写下的字节
  history/openings.jsonl  条目所承诺的个人信息：盐和内容；已依法删除的标明 "erased": true
  history/timeline-*.html 流转记录，供人阅读
  rules/                  评判所依据的规则和流程的原始字节，文件名是内容的 SHA-256
  SHA256SUMS              以上全部文件的 SHA-256

怎样核对
========

1. 文件没有改动：在解压后的文件夹里运行

     sha256sum -c SHA256SUMS

   （Windows 没有 sha256sum，可以对单个文件运行 certutil -hashfile 文件 SHA256，与 SHA256SUMS 比对。）
   SHA256SUMS 本身由导出任务的“文件校验码”保证：它是整个压缩包的 SHA-256，学校的系统里有。

2. 条目与规则对应：entries.jsonl 每一行的 lifecycle 和 policy 是 rules/ 里文件的名字。

3. 条目与个人信息对应：openings.jsonl 每一行的 subject、number、name 指向一个条目的 values，应等于

     sha256( "cm1" 00 盐(16 字节) name 00 内容(UTF-8, NFC) )

   其中 00 是一个零字节。没有盐和内容的（erased）不能再核对，条目本身仍然可以。

4. 每个对象（subject）的条目按 number 从 1 连续编号，每条的 from 等于前一条的 to。

材料（扫描件）本身不在归档里，只有摘要：由学校另行保管。
个人信息请按学校规定保管，用完请销毁。


What this is
============

The archive of one check of student records. Open index.html; neither a network nor the system it came from is
needed. lists/ holds every list as a page and as CSV, letters/ every letter, bulletins/ what was published,
cards/ the students' cards by class where they were asked for,
history/ the entries as their exact bytes (one a line), the values they commit to, and timelines to read;
rules/ the texts that judged, each named by its SHA-256.

How to check it: "sha256sum -c SHA256SUMS" in the unpacked folder; the SHA-256 of the whole zip is with the
export job in the school's system. A value of openings.jsonl belongs to its entry if
sha256("cm1" 00 salt name 00 value) is what the entry has under that name; "erased" values cannot be checked
any more, their entries still can. The papers themselves are not in here, only their digests.
"""

HANDED_OVER = """\
这是什么
========

一名学生转学时，原学校移交给接收学校的学籍更正材料。打开 index.html 阅读；不需要网络，也不需要原来的系统。

  index.html              学籍记录和来源、变更、申请、办理环节、询问和答复、文书、材料、流转记录
  letters/                本人收到的每份文书，可以打印
  papers/ photos/         本人提交的材料和照片，原样
  data.json               同样的内容，供程序读取
  history/entries.jsonl   本人各个申请的流转记录的原始字节，一行一条
  history/openings.jsonl  条目所承诺的个人信息：盐和内容；已依法删除的标明 "erased"，学校内部的标明 "withheld"
  SHA256SUMS              以上全部文件的 SHA-256；核对：sha256sum -c SHA256SUMS

接收学校怎样使用
================

* 这些是原学校的历史，只供查阅和作为材料保存；不导入，不与接收学校的记录合并。
  需要时，可以作为“随转学材料”附在接收学校自己的申请里。
* 原学校没有办结的申请，在原学校不再办理。是否更正，由接收学校按自己的规则审核。
* 里面是个人信息，请按规定保管，用完请销毁。


What this is
============

The file of one student's corrections, handed over by the former school on a transfer. Open index.html. It is
the former school's history: to be read, and to be kept as a paper; nothing of it is imported or merged.
Requests that the former school did not finish end there; the receiving school examines anew what
is filed with it.
"""
