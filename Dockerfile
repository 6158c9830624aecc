FROM python:3.11-slim
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY catalog catalog
COPY ingest ingest
COPY search search
RUN pip install --no-cache-dir -c constraints.txt . && useradd --uid 10001 shuyuan && mkdir /data && chown shuyuan /data
USER shuyuan
EXPOSE 8000
CMD ["shuyuan", "serve"]
