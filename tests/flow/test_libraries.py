"""What calls of the libraries in the catalogue are taken for."""

from __future__ import annotations

import pytest

from tests.flow.following import seen

CASES = {
    "pandas": ("import pandas as pd\ndf = pd.read_excel('a.xlsx')\ndf.to_csv('b.csv')", {"reads a.xlsx", "writes b.csv"}),
    "polars": ("import polars as pl\npl.scan_parquet('a/*.parquet').sink_csv('b.csv')", {"reads a/*.parquet", "writes b.csv"}),
    "pyarrow": ("import pyarrow.parquet as pq\nt = pq.read_table('a.parquet')\npq.write_table(t, 'b.parquet')", {"reads a.parquet", "writes b.parquet"}),
    "dask": ("import dask.dataframe as dd\ndd.read_csv('s3://b/*.csv').to_parquet('out')", {"reads s3://b/*.csv", "writes out"}),
    "spark": (
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.appName('x').getOrCreate()\n"
        "df = spark.read.option('header', True).csv('s3a://b/in')\ndf = df.filter('a').join(spark.table('db.t'), 'k')\n"
        "df.write.mode('overwrite').parquet('s3a://b/out')\ndf.write.saveAsTable('db.u')\n",
        {"reads s3://b/in", "reads table/db.t", "writes s3://b/out", "writes table/db.u"},
    ),
    "spark streaming": (
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"
        "df = spark.readStream.format('kafka').option('subscribe', 'orders').load()\n"
        "df.writeStream.format('parquet').option('path', 'out/orders').start()\n",
        {"reads kafka/orders", "writes out/orders"},
    ),
    "spark sql": ("def job(spark):\n    df = spark.read.json('in')\n    df.write.parquet('out')", {"reads in", "writes out"}),
    "glue": (
        "from awsglue.context import GlueContext\ng = GlueContext(sc)\n"
        "d = g.create_dynamic_frame.from_catalog(database='shop', table_name='raw')\n"
        "g.write_dynamic_frame.from_options(frame=d, connection_type='s3', connection_options={'path': 's3://b/out/'})\n",
        {"reads table/shop.raw", "writes s3://b/out"},
    ),
    "beam": (
        "import apache_beam as beam\nwith beam.Pipeline() as p:\n    p | 'r' >> beam.io.ReadFromText('gs://b/in*') | beam.io.WriteToText('gs://b/out')\n",
        {"reads gs://b/in*", "writes gs://b/out"},
    ),
    "sqlalchemy": (
        "import pandas as pd\nfrom sqlalchemy import create_engine, text\ne = create_engine('postgresql+psycopg2://u:p@db/shop')\n"
        "pd.read_sql('SELECT * FROM a', e).to_sql('b', e, schema='s')\nwith e.begin() as c:\n    c.execute(text('INSERT INTO t SELECT 1'))\n",
        {"reads postgres://db:5432/shop.a", "writes postgres://db:5432/shop.s.b", "writes postgres://db:5432/shop.t"},
    ),
    "duckdb": ("import duckdb\nduckdb.connect('w.duckdb').sql('SELECT * FROM t')", {"reads duckdb://w.duckdb/t"}),
    "boto3": (
        "import boto3\ns3 = boto3.client('s3')\ns3.download_file('b', 'k/a.csv', '/tmp/a.csv')\n"
        "s3.put_object(Bucket='b', Key='k/b.csv', Body=x)\nboto3.resource('s3').Bucket('c').upload_file('x.csv', 'k/x.csv')\n",
        {"reads s3://b/k/a.csv", "writes /tmp/a.csv", "writes s3://b/k/b.csv", "reads x.csv", "writes s3://c/k/x.csv"},
    ),
    "gcs": (
        "from google.cloud import storage\nstorage.Client().bucket('b').blob('k').download_to_filename('x')\n",
        {"reads gs://b/k", "writes x"},
    ),
    "fsspec": ("import fsspec\nwith fsspec.open('gcs://b/k', 'wb') as f:\n    f.write(b'')", {"writes gs://b/k"}),
    "s3fs": ("import s3fs\nfs = s3fs.S3FileSystem()\nwith fs.open('b/k.csv') as f:\n    pass", {"reads s3://b/k.csv"}),
    "joblib": ("import joblib\nm = joblib.load('m.joblib')\njoblib.dump(m, 'n.joblib')", {"reads m.joblib", "writes n.joblib"}),
    "requests": ("import requests\nrequests.get('https://api.example/v1/x?key=1', timeout=3)", {"reads https://api.example/v1/x"}),
    "requests, sending": ("import requests\nrequests.post('https://api.example/v1/x', json={})", {"calls https://api.example/v1/x"}),
    "httpx": ("import httpx\nwith httpx.Client(base_url='https://a.example') as c:\n    c.get('/v1/y')", {"reads https://a.example/v1/y"}),
    "kafka": (
        "from kafka import KafkaProducer, KafkaConsumer\nc = KafkaConsumer('in', bootstrap_servers='k:9092')\n"
        "p = KafkaProducer(bootstrap_servers='k:9092')\np.send('out', b'')\n",
        {"reads kafka://k:9092/in", "writes kafka://k:9092/out"},
    ),
    "confluent": (
        "from confluent_kafka import Consumer\nc = Consumer({'bootstrap.servers': 'k:9092'})\nc.subscribe(['a', 'b'])\n",
        {"reads kafka://k:9092/a", "reads kafka://k:9092/b"},
    ),
    "bigquery": (
        "from google.cloud import bigquery\nc = bigquery.Client()\nc.load_table_from_uri('gs://b/x.csv', 'p.d.t')\n",
        {"reads gs://b/x.csv", "writes bigquery/p.d.t"},
    ),
    "mongo": (
        "from pymongo import MongoClient\ndb = MongoClient('mongodb://m/')['shop']\ndb.orders.find({})\ndb['out'].insert_many([])\n",
        {"reads mongodb://m:27017/shop.orders", "writes mongodb://m:27017/shop.out"},
    ),
    "shutil": ("import shutil\nshutil.move('a', 'b')", {"reads a", "writes b"}),
    "numpy": ("import numpy as np\nnp.save('a.npy', np.loadtxt('b.txt'))", {"reads b.txt", "writes a.npy"}),
    "csv": ("import csv\nwith open('a.csv') as f:\n    list(csv.reader(f))", {"reads a.csv"}),
    "zip": ("import zipfile\nzipfile.ZipFile('a.zip').extractall('out')", {"reads a.zip", "writes out"}),
    "gzip": ("import gzip, json\nwith gzip.open('a.gz', 'rt') as f:\n    json.load(f)", {"reads a.gz"}),
}  # fmt: skip


@pytest.mark.parametrize("library", CASES)
def test_reads_and_writes_are_found(library: str) -> None:
    code, expected = CASES[library]
    assert seen(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "def f(d):\n    d.get('x')\n    d.open('y')\n    d.load('z')",
        "import io\nimport pandas as pd\npd.read_csv(io.StringIO('a,b'))",
        "class Repo:\n    def execute(self, what):\n        return what\nRepo().execute('nothing of SQL')",
        "import json\njson.dumps({'a': 1})",
        "import re\nre.compile('x').search('open(a)')",
    ],
)
def test_what_is_no_dataset_is_not_taken_for_one(code: str) -> None:
    assert seen(code) == set()
